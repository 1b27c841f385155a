// SPDX-License-Identifier: Apache-2.0
#include "hooks/run_hooks.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "base/error.h"
#include "support/catch.h"
#include "support/fd.h"
#include "support/process.h"
#include "support/temp_dir.h"
#include "support/text_matchers.h"
#include "sys/file.h"

using namespace runcxx;
using tests::Contains;

namespace {

oci::Hook shell(const std::string& script, std::optional<std::int64_t> timeout = {}) {
    return {
        .path = "/bin/sh", .args = {"sh", "-c", script}, .env = {"PATH=/usr/bin:/bin"}, .timeout = timeout};
}

// rt_sigaction(2) itself: the C library keeps the first two real-time signals from its callers.
void set_disposition(int signal, void (*handler)(int)) {
    std::array<unsigned long, 8> action = {reinterpret_cast<unsigned long>(handler)};
    REQUIRE(::syscall(SYS_rt_sigaction, signal, action.data(), nullptr, _NSIG / 8) == 0);
}

std::string failure(const std::vector<oci::Hook>& hooks, const hooks::HookContext& context = {}) {
    try {
        hooks::run_hooks(hooks, "createRuntime", "{}", context);
        return "success";
    } catch (const Error& error) {
        return error.message();
    }
}

class Stopwatch {
public:
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    }

private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

TEST_CASE("a hook reads the state and then the end on stdin, whatever its size", "[hooks]") {
    const tests::TempDir dir;
    const auto out = (dir / "out").string();
    for (const std::size_t size : {2U, 70'000U, 3'000'000U}) {
        const std::string state(size, 's');
        hooks::run_hooks(std::vector{shell("cat > " + out)}, "prestart", state, {});
        CHECK(tests::read_file(out) == state);
    }
}

TEST_CASE("a hook that does not read its state is no failure", "[hooks]") {
    hooks::run_hooks(std::vector{shell("exit 0")}, "prestart", std::string(1'000'000, 's'), {});
}

TEST_CASE("a failing hook is named with its kind, number, status and output", "[hooks]") {
    CHECK(failure({shell("exit 0"), shell("echo to-out; echo to-err >&2; exit 3")}) ==
          "error running createRuntime hook #1: exit status 3, stdout: to-out\n, stderr: to-err\n");
    CHECK(failure({shell("kill -9 $$")}) ==
          "error running createRuntime hook #0: signal: killed, stdout: , stderr: ");
    CHECK(failure({{.path = "/no/such/hook"}}) ==
          "error running createRuntime hook #0: fork/exec /no/such/hook: no such file or directory");
}

TEST_CASE("the first failure ends the list", "[hooks]") {
    const tests::TempDir dir;
    const auto mark = (dir / "ran").string();
    CHECK_THAT(failure({shell("exit 1"), shell("touch " + mark)}), Contains("hook #0: exit status 1"));
    CHECK_FALSE(std::filesystem::exists(mark));
}

TEST_CASE("a hook past its timeout is killed together with its children", "[hooks]") {
    const tests::TempDir dir;
    const auto pid_file = (dir / "pid").string();
    const Stopwatch watch;
    CHECK(failure({shell("sleep 60 & echo $! > " + pid_file + "; wait", 1)}) ==
          "error running createRuntime hook #0: hook ran past specified timeout of 1.0s");
    CHECK(watch.seconds() < 20);
    const auto pid = std::stoi(tests::read_file(pid_file));
    CHECK(tests::wait_until([&] {
        const auto stat = tests::try_read_file("/proc/" + std::to_string(pid) + "/stat");
        return !stat || stat->find(") Z ") != std::string::npos;
    }));
}

TEST_CASE("a timeout of zero is over at once", "[hooks]") {
    CHECK(failure({shell("sleep 60", 0)}) ==
          "error running createRuntime hook #0: hook ran past specified timeout of 0.0s");
}

TEST_CASE("a timeout that is not reached changes nothing", "[hooks]") {
    CHECK(failure({shell("exit 0", 30), shell("exit 0", 9'000'000'000'000'000)}) == "success");
}

TEST_CASE("output is captured up to a limit and read beyond it", "[hooks]") {
    const auto text = failure({shell("head -c 300000 /dev/zero | tr '\\0' x; exit 1")});
    CHECK(text.size() < 70'000);
    CHECK(text.size() > 65'536);
    CHECK_THAT(text, Contains("exit status 1, stdout: xxx"));
}

TEST_CASE("a hook that leaves a child with its output behind is over when it ends itself", "[hooks]") {
    const tests::TempDir dir;
    const auto pid_file = (dir / "pid").string();
    const Stopwatch watch;
    CHECK(failure({shell("sleep 60 & echo $! > " + pid_file + "; exit 0")}) == "success");
    CHECK(watch.seconds() < 20);
    ::kill(std::stoi(tests::read_file(pid_file)), SIGKILL);
}

TEST_CASE("a hook gets its own environment, or the default when it has none", "[hooks]") {
    const tests::TempDir dir;
    const auto out = (dir / "out").string();
    hooks::HookContext context;
    context.default_env = {"FROM=context"};
    oci::Hook hook{.path = "/usr/bin/env", .args = {"env"}};
    const auto variables = [&](std::vector<std::string> env) {
        hook.env = std::move(env);
        hook.args = {"sh", "-c", "/usr/bin/env | grep FROM > " + out + "; exit 0"};
        hook.path = "/bin/sh";
        hooks::run_hooks(std::vector{hook}, "prestart", "{}", context);
        return tests::read_file(out);
    };
    CHECK(variables({}) == "FROM=context\n");
    CHECK(variables({"FROM=hook"}) == "FROM=hook\n");
    context.default_env.clear();
    CHECK(variables({}).empty());
}

TEST_CASE("a hook starts in the given directory, with the path as argv[0] when it has no args", "[hooks]") {
    const tests::TempDir dir;
    hooks::HookContext context;
    context.working_dir = HostPath(dir.path().string());
    hooks::run_hooks(std::vector{shell("pwd > where")}, "prestart", "{}", context);
    CHECK(tests::trimmed(tests::read_file(dir / "where")) == std::filesystem::canonical(dir.path()).string());

    tests::write_file(dir / "hook", "#!/bin/sh\necho \"$0 $#\" > " + (dir / "argv").string() + "\n", 0755);
    hooks::run_hooks(std::vector{oci::Hook{.path = (dir / "hook").string()}}, "prestart", "{}", context);
    CHECK(tests::trimmed(tests::read_file(dir / "argv")) == (dir / "hook").string() + " 0");
}

TEST_CASE("a hook sees no file of ours and no blocked or ignored signal", "[hooks]") {
    const tests::TempDir dir;
    constexpr int kOfTheCLibrary = 32;
    for (const int signal : {SIGUSR1, kOfTheCLibrary, SIGRTMAX})
        set_disposition(signal, SIG_IGN);
    // A number that no shell uses for itself.
    constexpr int kLeak = 77;
    REQUIRE(::dup2(0, kLeak) == kLeak);  // without CLOEXEC: the leak is what is tested
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, &before);
    const auto out = (dir / "out").string();
    hooks::run_hooks(std::vector{shell(
                         "{ [ -e /proc/$$/fd/77 ] || echo closed; grep -E 'SigBlk|SigIgn' /proc/$$/status; } "
                         "| tr -d '\\n\\t' > " +
                         out)},
                     "prestart", "{}", {});
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ::close(kLeak);
    for (const int signal : {SIGUSR1, kOfTheCLibrary, SIGRTMAX})
        set_disposition(signal, SIG_DFL);
    CHECK(tests::read_file(out) == "closedSigBlk:0000000000000000SigIgn:0000000000000000");
}

TEST_CASE("other children of this process are left alone", "[hooks]") {
    tests::Process other({"/bin/sh", "-c", "exit 7"});
    hooks::run_hooks(std::vector{shell("exit 0")}, "prestart", "{}", {});
    CHECK(other.wait().exit_code == 7);
}

TEST_CASE("output that the caller wants elsewhere is not captured", "[hooks]") {
    const tests::TempDir dir;
    const auto open = [&](const char* name) {
        return sys::open_file(HostPath(dir / name), O_WRONLY | O_CREAT | O_APPEND, 0600);
    };
    const auto out = open("out");
    const auto err = open("err");
    hooks::HookContext context;
    context.out = &out;
    CHECK(failure({shell("echo 1; echo 2 >&2; exit 3")}, context) ==
          "error running createRuntime hook #0: exit status 3, stdout: , stderr: 2\n");
    context.err = &err;
    CHECK(failure({shell("echo 3; echo 4 >&2; exit 3")}, context) ==
          "error running createRuntime hook #0: exit status 3, stdout: , stderr: ");
    CHECK(tests::read_file(dir / "out") == "1\n3\n");
    CHECK(tests::read_file(dir / "err") == "4\n");
}
