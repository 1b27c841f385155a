// SPDX-License-Identifier: Apache-2.0
// Device programs in the kernel, on a cgroup of this host.
#include "cgroups/v2/device_filter.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "base/error.h"
#include "support/catch.h"
#include "support/forked.h"
#include "support/temp_dir.h"
#include "sys/bpf.h"
#include "sys/child_process.h"
#include "sys/seccomp.h"
#include "unit/cgroups/device_tables.h"

using namespace runcxx;
using namespace runcxx::tests;

namespace {

// A cgroup2 directory of this host, hybrid or v2, that is gone at the end; not open when there is none.
struct TestCgroup {
    TestCgroup() {
        for (const std::string mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
            struct statfs facts {};
            if (statfs(mount.c_str(), &facts) != 0 || facts.f_type != CGROUP2_SUPER_MAGIC) continue;
            path = mount + "/runcxx-unit-devices-" + std::to_string(getpid());
            if (mkdir(path.c_str(), 0755) == 0)
                directory = {sys::UniqueFd(open(path.c_str(), O_PATH | O_CLOEXEC)), path};
        }
    }
    ~TestCgroup() {
        if (directory.is_open()) CHECK(rmdir(path.c_str()) == 0);
    }
    std::vector<std::uint32_t> programs() const {
        std::vector<std::uint32_t> ids;
        CHECK(sys::try_device_programs(directory.fd(), ids) == 0);
        return ids;
    }
    // The exit code of a process inside.
    int from_inside(const std::function<int()>& action) const {
        const pid_t child = fork();
        if (child == 0) {
            const int procs = open((path + "/cgroup.procs").c_str(), O_WRONLY);
            _exit(write(procs, "0", 1) == 1 ? action() : 255);
        }
        int status = 0;
        waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 254;
    }

    std::string path;
    Directory directory;
};

bool can_test_programs(const TestCgroup& cgroup) {
    if (geteuid() == 0 && cgroup.directory.is_open()) return true;
    WARN("skipped: needs root and a cgroup2 mount");
    return false;
}

union bpf_attr zeroed() {
    union bpf_attr attributes;
    std::memset(&attributes, 0, sizeof attributes);
    return attributes;
}

int errno_of_open(const std::string& path, int flags) {
    const int fd = open(path.c_str(), flags | O_CLOEXEC);
    if (fd < 0) return errno;
    close(fd);
    return 0;
}

}  // namespace

TEST_CASE("device filter: the verifier accepts every table, and the kernel does what the rules say",
          "[root]") {
    TestCgroup cgroup;
    if (!can_test_programs(cgroup)) return;
    const TempDir temp;
    const std::string zero = temp.path() / "zero";  // 1:5
    REQUIRE(mknod(zero.c_str(), S_IFCHR | 0666, makedev(1, 5)) == 0);
    Rules many;
    for (int i = 0; i < 1000; ++i)
        many.push_back(rule(true, "c", 10, i, "rw"));
    auto all = tables();
    all.emplace_back("many", many);
    all.emplace_back("reading", Rules{rule(true, "c", 1, 5, "r")});
    all.emplace_back("all but writing", Rules{allow_all(), rule(false, "c", 1, 5, "w")});
    all.emplace_back("making only", Rules{rule(true, "c", any, any, "m")});
    bool is_new = true;
    for (const auto& [name, rules] : all) {
        INFO(name);
        const auto state = DeviceState::of(rules);
        v2::attach_device_program(cgroup.directory, v2::load_device_program(state), is_new);
        is_new = false;
        CHECK(cgroup.programs().size() == 1);
        const auto program = v2::device_program(state);
        const auto expected = [&](std::uint8_t bits) {
            return decides(program, {'c', 1, 5, bits}) ? 0 : EPERM;
        };
        CHECK(cgroup.from_inside([&] { return errno_of_open(zero, O_RDONLY); }) == expected(kRead));
        CHECK(cgroup.from_inside([&] { return errno_of_open(zero, O_WRONLY); }) == expected(kWrite));
        CHECK(cgroup.from_inside([&] { return errno_of_open(zero, O_RDWR); }) == expected(kRead | kWrite));
        const std::string made = temp.path() / "made";
        const auto make = [&] { return mknod(made.c_str(), S_IFCHR, makedev(1, 5)) == 0 ? 0 : errno; };
        CHECK(cgroup.from_inside(make) == expected(kMknod));
        unlink(made.c_str());
    }
}

TEST_CASE("device filter: loading a hundred rules is no work for the verifier", "[root]") {
    TestCgroup cgroup;
    if (!can_test_programs(cgroup)) return;
    Rules rules{rule(true, "c", any, any, "m"), rule(true, "b", any, any, "m")};
    for (int i = 0; i < 100; ++i)
        rules.push_back(rule(true, "c", 195 + i % 2, i, i % 3 == 0 ? "rwm" : "rw"));
    const auto program = v2::device_program(DeviceState::of(rules));
    sys::UniqueFd loaded;
    std::string log;
    REQUIRE(sys::try_load_device_program(program, loaded, &log) == 0);
    // "processed N insns (limit 1000000) ...": about three for each instruction; 19000 with a block per exception.
    const auto at = log.find("processed ");
    REQUIRE(at != log.npos);
    CHECK(std::stoul(log.substr(at + 10)) < 2000);
}

TEST_CASE("device filter: replacing leaves one program, whatever was attached before", "[root]") {
    TestCgroup cgroup;
    if (!can_test_programs(cgroup)) return;
    const auto first = v2::load_device_program(DeviceState::of({allow_all()}));
    const auto second = v2::load_device_program(DeviceState::of({deny_all()}));
    const auto third = v2::load_device_program(DeviceState());
    REQUIRE(sys::try_attach_device_program(cgroup.directory.fd(), first, nullptr) == 0);
    REQUIRE(sys::try_attach_device_program(cgroup.directory.fd(), second, nullptr) == 0);
    const auto before = cgroup.programs();
    CHECK(before.size() == 2);
    v2::attach_device_program(cgroup.directory, third, false);
    const auto after = cgroup.programs();
    REQUIRE(after.size() == 1);
    CHECK(after != std::vector{before[0]});
    CHECK(after != std::vector{before[1]});
    CHECK(sys::try_detach_device_program(cgroup.directory.fd(), first) == ENOENT);
}

TEST_CASE("device filter: while it is replaced over and over a denied device is never opened", "[root]") {
    TestCgroup cgroup;
    if (!can_test_programs(cgroup)) return;
    const auto load = [](std::int64_t minor) {
        return v2::load_device_program(DeviceState::of({rule(true, "c", 1, minor, "rw")}));
    };
    v2::attach_device_program(cgroup.directory, load(3), true);
    int ready[2];
    REQUIRE(pipe(ready) == 0);
    const pid_t opener = fork();
    if (opener == 0) {
        const int procs = open((cgroup.path + "/cgroup.procs").c_str(), O_WRONLY);
        if (write(procs, "0", 1) != 1 || write(ready[1], "x", 1) != 1) _exit(2);
        // 1:5 is allowed by none of them, 1:3 by all of them.
        for (int i = 0; i < 20000; ++i)
            if (errno_of_open("/dev/zero", O_RDONLY) == 0 || errno_of_open("/dev/null", O_RDONLY) != 0)
                _exit(1);
        _exit(0);
    }
    char byte = 0;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    int status = 0, rounds = 0;
    for (; waitpid(opener, &status, WNOHANG) == 0; ++rounds)
        v2::attach_device_program(
            cgroup.directory,
            v2::load_device_program(
                DeviceState::of({rule(true, "c", 1, 3, "rw"), rule(true, "c", 200, rounds % 100, "rw")})),
            false);
    close(ready[0]);
    close(ready[1]);
    CHECK(rounds > 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("device filter: a cgroup whose program wants to be the only one is explained", "[root]") {
    TestCgroup cgroup;
    if (!can_test_programs(cgroup)) return;
    const auto program = v2::load_device_program(DeviceState());
    // As programs were attached before there was BPF_F_ALLOW_MULTI.
    auto attributes = zeroed();
    attributes.target_fd = static_cast<std::uint32_t>(cgroup.directory.fd().get());
    attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
    attributes.attach_type = BPF_CGROUP_DEVICE;
    REQUIRE(syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes) == 0);
    CHECK_THROWS_WITH(v2::attach_device_program(cgroup.directory, program, true),
                      Catch::Contains("attach device program to " + cgroup.path +
                                      ": operation not permitted (a program of an ancestor") &&
                          Catch::Contains("BPF_F_ALLOW_MULTI"));
}

TEST_CASE("device filter: a program that the verifier refuses is explained with its words", "[root]") {
    TestCgroup cgroup;
    if (!can_test_programs(cgroup)) return;
    const bpf_insn bad[] = {{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
    sys::UniqueFd loaded;
    CHECK(sys::try_load_device_program(bad, loaded) == EACCES);
    std::string log;
    CHECK(sys::try_load_device_program(bad, loaded, &log) == EACCES);
    CHECK_THAT(log, Catch::Contains("R0 !read_ok"));
    CHECK_FALSE(loaded.is_open());
}

TEST_CASE("device filter: without the privilege the error says what it takes", "[root]") {
    TestCgroup cgroup;
    if (!can_test_programs(cgroup)) return;
    const auto text = in_child([] {
                          if (setresuid(65534, 65534, 65534) != 0) return std::string("setresuid");
                          try {
                              v2::load_device_program(DeviceState());
                          } catch (const Error& error) {
                              return error.message();
                          }
                          return std::string("loaded");
                      }).text;
    CHECK_THAT(text, Catch::StartsWith("load device program: operation not permitted (") &&
                         Catch::Contains("CAP_BPF") && Catch::Contains("RLIMIT_MEMLOCK"));
}

TEST_CASE("device filter: one that is pinned can be found by its path", "[root]") {
    TestCgroup cgroup;
    if (!can_test_programs(cgroup)) return;
    const TempDir temp;
    const auto program = v2::load_device_program(DeviceState());
    const HostPath path((temp.path() / "program").string());
    CHECK(sys::try_pin_program(program, path) == EPERM);  // no bpf file system
    // A mount namespace of its own: nothing of it is seen outside.
    const auto child = in_child([&]() -> std::string {
        if (unshare(CLONE_NEWNS) != 0 || mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            mount("bpf", temp.path().c_str(), "bpf", 0, nullptr) != 0)
            return "mount";
        if (sys::try_pin_program(program, path) != 0) return "pin";
        if (sys::try_pin_program(program, path) != EEXIST) return "pin again";
        auto attributes = zeroed();
        attributes.pathname = reinterpret_cast<std::uintptr_t>(path.c_str());
        return syscall(SYS_bpf, BPF_OBJ_GET, &attributes, sizeof attributes) >= 0 ? "found" : "get";
    });
    CHECK(child.text == "found");
}

namespace {

// Lets `action` run on another kernel: a supervisor may refuse its bpf(2) calls. Returns what the action returned or threw.
using Verdict =
    std::function<int(pid_t caller, int command, const union bpf_attr& attributes)>;  // errno, 0: go on

std::string on_another_kernel(const Verdict& verdict, const std::function<std::string()>& action) {
    int numbers[2], ends[2];
    REQUIRE(pipe(numbers) == 0);
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        const sock_filter code[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        sys::UniqueFd listener;
        const std::span bytes(reinterpret_cast<const std::uint8_t*>(code), sizeof code);
        if (sys::try_install_filter(bytes, SECCOMP_FILTER_FLAG_NEW_LISTENER, listener) != 0) _exit(1);
        const int number = listener.get();
        if (write(numbers[1], &number, sizeof number) != sizeof number) _exit(1);
        std::string text;
        try {
            text = action();
        } catch (const Error& error) {
            text = error.message();
        }
        _exit(write(ends[1], text.data(), text.size()) < 0);
    }
    int number = -1;
    REQUIRE(read(numbers[0], &number, sizeof number) == sizeof number);
    const sys::UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
    const auto listener = sys::fd_of_process(pidfd, number);
    for (;;) {
        pollfd entries[] = {{listener.get(), POLLIN, 0}, {pidfd.get(), POLLIN, 0}};
        poll(entries, 2, 10'000);
        if ((entries[0].revents & POLLIN) == 0) break;
        seccomp_notif request;
        std::memset(&request, 0, sizeof request);
        if (ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) break;
        auto attributes = zeroed();
        const iovec here{&attributes, sizeof attributes};
        const iovec there{reinterpret_cast<void*>(request.data.args[1]), sizeof attributes};
        process_vm_readv(child, &here, 1, &there, 1, 0);
        const int refusal = verdict(child, static_cast<int>(request.data.args[0]), attributes);
        seccomp_notif_resp response{.id = request.id, .val = 0, .error = -refusal, .flags = 0};
        if (refusal == 0) response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_SEND, &response);
    }
    waitpid(child, nullptr, 0);
    close(ends[1]);
    char buffer[1024];
    const auto size = read(ends[0], buffer, sizeof buffer);
    for (const int fd : {ends[0], numbers[0], numbers[1]})
        close(fd);
    return {buffer, size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace

TEST_CASE("device filter: before Linux 5.6 the new program is attached beside the old ones, which go then",
          "[root]") {
    TestCgroup cgroup;
    if (!can_test_programs(cgroup)) return;
    const auto first = v2::load_device_program(DeviceState::of({allow_all()}));
    const auto second = v2::load_device_program(DeviceState::of({deny_all()}));
    REQUIRE(sys::try_attach_device_program(cgroup.directory.fd(), first, nullptr) == 0);
    REQUIRE(sys::try_attach_device_program(cgroup.directory.fd(), second, nullptr) == 0);
    int refused = 0;
    const auto without_replace = [&](pid_t, int command, const union bpf_attr& attributes) {
        if (command != BPF_PROG_ATTACH || (attributes.attach_flags & BPF_F_REPLACE) == 0) return 0;
        ++refused;
        return EINVAL;
    };
    CHECK(on_another_kernel(without_replace, [&] {
              v2::attach_device_program(cgroup.directory, v2::load_device_program(DeviceState()), false);
              return std::string("attached");
          }) == "attached");
    CHECK(refused == 1);
    CHECK(cgroup.programs().size() == 1);
    CHECK(sys::try_detach_device_program(cgroup.directory.fd(), first) == ENOENT);
    CHECK(sys::try_detach_device_program(cgroup.directory.fd(), second) == ENOENT);
}

TEST_CASE("device filter: before Linux 5.11 the limit of locked memory is raised for the load only",
          "[root]") {
    TestCgroup cgroup;
    if (!can_test_programs(cgroup)) return;
    const auto soft_limit = [](pid_t pid) {
        rlimit limit{};
        prlimit(pid, RLIMIT_MEMLOCK, nullptr, &limit);
        return limit.rlim_cur;
    };
    constexpr rlim_t kLow = 4096;
    int refused = 0;
    const auto charging = [&](pid_t caller, int command, const union bpf_attr&) {
        if (command != BPF_PROG_LOAD || soft_limit(caller) != kLow) return 0;
        ++refused;
        return EPERM;
    };
    CHECK(on_another_kernel(charging, [&] {
              rlimit limit{};
              getrlimit(RLIMIT_MEMLOCK, &limit);
              limit.rlim_cur = kLow;
              setrlimit(RLIMIT_MEMLOCK, &limit);
              v2::load_device_program(DeviceState());
              return std::to_string(soft_limit(0));
          }) == std::to_string(kLow));
    CHECK(refused == 1);
}

TEST_CASE("device filter: errors name what the kernel lacks", "[root]") {
    TestCgroup cgroup;
    if (!can_test_programs(cgroup)) return;
    const auto error_of_load = [](int refusal, int except_size) {
        return on_another_kernel(
            [=](pid_t, int command, const union bpf_attr& attributes) {
                const bool refuse =
                    command == BPF_PROG_LOAD && static_cast<int>(attributes.insn_cnt) != except_size;
                return refuse ? refusal : 0;
            },
            [] {
                v2::load_device_program(DeviceState::of({rule(true, "c", 1, 3, "r")}));
                return std::string("loaded");
            });
    };
    const auto smallest = static_cast<int>(v2::device_program(DeviceState()).size());
    CHECK_THAT(error_of_load(ENOSYS, 0), Catch::Contains("CONFIG_BPF_SYSCALL is not set"));
    CHECK_THAT(error_of_load(EINVAL, 0), Catch::Contains("CONFIG_CGROUP_BPF is not set"));
    CHECK_THAT(error_of_load(EPERM, 0), Catch::Contains("lockdown"));
    CHECK_THAT(error_of_load(EACCES, smallest), Catch::Contains("SELinux"));
    // The smallest program passes, so the kernel has them; and there is no log to quote.
    CHECK(error_of_load(EINVAL, smallest) == "load device program: invalid argument");
}
