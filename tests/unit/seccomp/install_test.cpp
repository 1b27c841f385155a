// SPDX-License-Identifier: Apache-2.0
#include "seccomp/install.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/error.h"
#include "seccomp/compile.h"
#include "support/catch.h"
#include "support/forked.h"
#include "unit/seccomp/profiles.h"

using namespace runcxx;
using namespace runcxx::tests;

namespace {

config::SeccompProgram program_of(oci::Seccomp source, std::optional<oci::Strings> flags = oci::Strings{}) {
    source.flags = std::move(flags);
    return seccomp::compile(source).value();
}

void prepare() {
    const rlimit no_core{};
    ::setrlimit(RLIMIT_CORE, &no_core);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) throw Error("no_new_privs");
}

}  // namespace

TEST_CASE("an installed filter answers with its errno, without and with flags") {
    const auto source = profile("SCMP_ACT_ALLOW", {rule({"getppid"}, "SCMP_ACT_ERRNO")});
    for (const auto& flags : {std::optional<oci::Strings>(oci::Strings{}), std::optional<oci::Strings>()}) {
        const auto program = program_of(source, flags);
        const auto child = in_child([&] {
            prepare();
            const auto listener = seccomp::install(program);
            const long result = ::syscall(SYS_getppid);
            return std::string(listener ? "listener " : "") +
                   (result == -1 ? std::to_string(errno) : "allowed");
        });
        CHECK(child.text == std::to_string(EPERM));
    }
}

TEST_CASE("unknown system calls fail with ENOSYS, known ones as the profile says") {
    const auto program = program_of(profile(
        "SCMP_ACT_ERRNO", {rule({"write", "exit_group", "rt_sigprocmask", "close"}, "SCMP_ACT_ALLOW")}));
    const auto child = in_child([&] {
        prepare();
        seccomp::install(program);
        const int known = ::syscall(SYS_getppid) == -1 ? errno : 0;
        const int unknown = ::syscall(470) == -1 ? errno : 0;
        return std::to_string(known) + " " + std::to_string(unknown);
    });
    CHECK(child.text == std::to_string(EPERM) + " " + std::to_string(ENOSYS));
}

TEST_CASE("a forbidden call kills where the profile says so") {
    for (const char* action : {"SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS"}) {
        const auto program = program_of(profile("SCMP_ACT_ALLOW", {rule({"getppid"}, action)}));
        const auto child = in_child([&] {
            prepare();
            seccomp::install(program);
            ::syscall(SYS_getppid);
            return std::string("survived");
        });
        CHECK(child.exit_code == 128 + SIGSYS);
        CHECK(child.text.empty());
    }
}

TEST_CASE("once the filter is on, installing makes no further system call") {
    const auto program =
        program_of(profile("SCMP_ACT_KILL_PROCESS", {rule({"write", "exit_group"}, "SCMP_ACT_ALLOW")}));
    const auto child = in_child([&] {
        prepare();
        seccomp::install(program);
        return std::string("alive");
    });
    CHECK(child.exit_code == 0);
    CHECK(child.text == "alive");
}

TEST_CASE("a listener is told of the call and answers it") {
    auto source = profile("SCMP_ACT_ALLOW", {rule({"getppid"}, "SCMP_ACT_NOTIFY")});
    source.listener_path = "/not/used/here";
    const auto program = program_of(source);
    REQUIRE(program.has_listener);
    const auto child = in_child([&]() -> std::string {
        prepare();
        const auto listener = seccomp::install(program);
        if (!listener) return "no listener";
        if ((::fcntl(listener.get(), F_GETFD) & FD_CLOEXEC) == 0) return "listener leaks over exec";
        const pid_t caller = ::fork();
        if (caller == 0) ::_exit(::syscall(SYS_getppid) == 4242 ? 7 : 8);
        seccomp_notif notification{};
        if (::ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_RECV, &notification) != 0) return "not told";
        seccomp_notif_resp response{};
        response.id = notification.id;
        response.val = 4242;
        if (::ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) != 0) return "cannot answer";
        int status = 0;
        ::waitpid(caller, &status, 0);
        return std::to_string(notification.data.nr == SYS_getppid) + " " +
               std::to_string(WEXITSTATUS(status));
    });
    CHECK(child.text == "1 7");
}

TEST_CASE("what is no program is refused") {
    CHECK_THROWS_WITH(seccomp::install({}), "error loading seccomp filter into kernel: invalid argument");
    config::SeccompProgram program;
    program.instructions.assign(12, 0);
    CHECK_THROWS_AS(seccomp::install(program), Error);
}
