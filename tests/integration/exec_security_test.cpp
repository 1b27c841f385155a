// SPDX-License-Identifier: Apache-2.0
// exec: what a hostile container could try on a process that comes in.
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>

#include <memory>

#include "support/exec.h"
#include "support/terminal.h"

using namespace runcxx::tests;

namespace {

// A process that comes in is held in the middle of its setup, with all its rights: it has entered everything, and waits
// for an agent to let it pass setgid(2).
class Held : public ExecSandbox {
public:
    Held() : agent_(temp("agent.sock")) {}

    std::string start_container(Bundle& b) {
        b.seccomp({{"defaultAction", "SCMP_ACT_ALLOW"},
                   {"listenerPath", agent_.path().string()},
                   {"syscalls",
                    json::array({{{"names", {"setgid", "setgid32"}}, {"action", "SCMP_ACT_NOTIFY"}}})}});
        // With it the filter comes last, behind the setgid.
        b.spec["process"]["noNewPrivileges"] = true;
        auto id = run_detached(b);
        REQUIRE(agent_.receive().fds.size() == 1);
        return id;
    }
    // Returns its pid as the container sees it.
    std::string hold(const std::string& id) {
        running_ =
            std::make_unique<Process>(runtime().spawn({"exec", "--no-new-privs=false", id, "sleep", "100"}));
        listener_ = std::move(agent_.receive().fds.at(0));
        REQUIRE(ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &request_) == 0);
        const auto status = read_file(proc("status"));
        const auto at = status.find("NSpid:");
        const auto line = status.substr(at, status.find('\n', at) - at);
        return line.substr(line.rfind('\t') + 1);
    }
    // Its program runs from now on.
    void let_go() {
        seccomp_notif_resp response{};
        response.id = request_.id;
        response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        REQUIRE(ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0);
        REQUIRE(wait_until([&] { return read_file(proc("cmdline")).starts_with("sleep"); }));
    }
    void end() {
        ::kill(held(), SIGKILL);
        CHECK(running_->wait().exit_code == 137);
    }
    // What another process of the container sees of it.
    json look(const std::string& id, const std::vector<std::string>& verbs) {
        json facts = exec_probe(id, verbs);
        REQUIRE(agent_.receive().fds.size() == 1);
        return facts;
    }

private:
    pid_t held() const { return static_cast<pid_t>(request_.pid); }
    std::string proc(const std::string& file) const { return "/proc/" + std::to_string(held()) + "/" + file; }

    DescriptorSocket agent_;
    std::unique_ptr<Process> running_;
    Fd listener_;
    seccomp_notif request_{};
};

}  // namespace

EXEC_TEST("exec: a cwd through /proc/self/fd never is a directory of the host (CVE-2024-21626)",
          "[exec][security][cwd]") {
    Bundle& b = bundle().idle();
    for (int number = 3; number <= 14; ++number)
        b.symlink("/proc/self/fd/" + std::to_string(number), "way-out" + std::to_string(number));
    const auto c = run_detached(b);
    Fd host_root(open("/", O_RDONLY | O_DIRECTORY));
    Options options;
    for (int number = 3; number < 12; ++number)
        options.fds.emplace_back(host_root.get(), number);
    for (int number = 3; number <= 14; ++number) {
        for (const auto& cwd :
             {"/proc/self/fd/" + std::to_string(number), "/way-out" + std::to_string(number)}) {
            INFO(cwd);
            Result result = exec(c, {"sh", "-c", "ls -a . ..; pwd"}, {"--cwd", cwd}, options);
            INFO(describe(result));
            CHECK(result.out.find("boot") == std::string::npos);
            CHECK(result.out.find("(unreachable)") == std::string::npos);
        }
    }
    // Handed on purpose it is the program's, but still no way to start in the host.
    Result preserved =
        exec(c, {"sh", "-c", "pwd"}, {"--preserve-fds", "1", "--cwd", "/proc/self/fd/3"}, options);
    INFO(describe(preserved));
    CHECK(preserved.exit_code != 0);
}

EXEC_TEST("exec: the runtime's binary cannot be overwritten from inside (CVE-2019-5736)",
          "[exec][security][exe]") {
    const std::string before = read_file(runtime_identity().path);
    Bundle& b = bundle().privileged().writable().idle();
    b.file("evil", "#!/proc/self/exe\n", 0755);
    const auto c = run_detached(b);
    for (const char* program : {"/proc/self/exe", "/evil"}) {
        Result result = exec(c, {program, "--version"});
        INFO(describe(result));
        CHECK_FALSE(result.timed_out);
    }
    CHECK(read_file(runtime_identity().path) == before);
}

TEST_CASE_METHOD(Held, "exec: what the one that comes in runs from cannot be written to (CVE-2019-5736)",
                 "[exec][security][exe][root]") {
    if (!is_runcxx()) return;  // Go's signals interrupt the call that it is held by
    const std::string before = read_file(runtime_identity().path);
    Bundle& b = bundle().privileged().writable().idle();
    const auto c = start_container(b);
    const auto exe = "/proc/" + hold(c) + "/exe";
    json attempt = look(c, {"overwrite", exe})["overwrite " + exe];
    let_go();
    end();
    CHECK(attempt["reopen"] != "");
    CHECK(attempt["write"] != "");
    CHECK(read_file(runtime_identity().path) == before);
}

TEST_CASE_METHOD(Held, "exec: a process of the container can neither trace nor read the one that comes in",
                 "[exec][security][root]") {
    if (!is_runcxx()) return;
    // Root of the container's user namespace, with CAP_SYS_PTRACE in it: only that the process is not dumpable keeps
    // its files in /proc closed until it has become a program of the container.
    Bundle& b = bundle().idle().user_namespace();
    for (const char* set : {"bounding", "effective", "permitted"})
        b.spec["process"]["capabilities"][set] = {"CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_KILL"};
    const auto c = start_container(b);
    const auto held = "/proc/" + hold(c);
    const std::vector<std::string> verbs{"list",          held + "/fd", "list",
                                         held + "/root/", "cat",        held + "/environ"};
    json facts = look(c, verbs);
    CHECK(facts["list " + held + "/fd"].empty());
    CHECK(facts["list " + held + "/root/"].empty());
    CHECK(facts["cat " + held + "/environ"].is_null());
    // The container's own programs are open to it.
    let_go();
    facts = look(c, verbs);
    CHECK(facts["list " + held + "/fd"].size() == 3);
    CHECK(facts["list " + held + "/root/"].size() > 3);
    end();
}
