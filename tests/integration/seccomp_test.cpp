// SPDX-License-Identifier: Apache-2.0
// Seccomp: actions, arguments, ENOSYS for calls newer than the profile, flags, the notify listener.
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>

#include "support/sandbox.h"
#include "support/terminal.h"

using namespace runcxx::tests;

namespace {

json rule(const std::vector<std::string>& names, const std::string& action) {
    return {{"names", names}, {"action", action}};
}

json allow_but(const json& rules) {
    return {{"defaultAction", "SCMP_ACT_ALLOW"},
            {"architectures", {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"}},
            {"syscalls", rules}};
}

json argument(int index, unsigned long long value, const std::string& op) {
    return {{"index", index}, {"value", value}, {"op", op}};
}

}  // namespace

RUNTIME_TEST("seccomp: without a profile the program is not filtered, with one it is", "[seccomp]") {
    Bundle& b = bundle();
    CHECK(probe(b, {"seccomp"})["seccomp"] == 0);
    b.seccomp(allow_but(json::array({rule({"mkdir"}, "SCMP_ACT_ERRNO")})));
    CHECK(probe(b, {"seccomp"})["seccomp"] == 2);
}

RUNTIME_TEST("seccomp: ERRNO gives EPERM unless the rule says another number", "[seccomp]") {
    json custom = rule({"uname"}, "SCMP_ACT_ERRNO");
    custom["errnoRet"] = 99;
    Bundle& b =
        bundle().seccomp(allow_but(json::array({rule({"mkdir", "no_such_call"}, "SCMP_ACT_ERRNO"), custom})));
    json facts = probe(b, {"mkdir", "/dev/shm/x", "syscall", "uname", "syscall", "getcwd"});
    CHECK(facts["mkdir /dev/shm/x"]["errno"] == "EPERM");
    CHECK(facts["syscall uname"]["errno"] == "EADDRNOTAVAIL");
    CHECK(facts["syscall getcwd"]["errno"] == "ERANGE");
}

RUNTIME_TEST("seccomp: it holds with and without no_new_privs, for root and for a user", "[seccomp]") {
    Bundle& b = bundle().seccomp(allow_but(json::array({rule({"mkdir"}, "SCMP_ACT_ERRNO")})));
    for (bool nnp : {true, false})
        for (int uid : {0, 1000}) {
            INFO(nnp << " " << uid);
            b.spec["process"]["noNewPrivileges"] = nnp;
            b.spec["process"]["user"] = {{"uid", uid}, {"gid", uid}};
            json facts = probe(b, {"mkdir", "/dev/shm/x", "nnp", "seccomp"});
            CHECK(facts["mkdir /dev/shm/x"]["errno"] == "EPERM");
            CHECK(facts["nnp"] == (nnp ? 1 : 0));
            CHECK(facts["seccomp"] == 2);
        }
}

RUNTIME_TEST("seccomp: a program may be refused the calls that find its working directory", "[seccomp]") {
    REQUIRES("cwd-before-filter");
    Bundle& b = bundle().seccomp(allow_but(json::array({rule({"getcwd", "chdir"}, "SCMP_ACT_ERRNO")})));
    b.spec["process"]["cwd"] = "/dev";
    for (bool nnp : {true, false}) {
        INFO(nnp);
        b.spec["process"]["noNewPrivileges"] = nnp;
        CHECK(probe(b, {"syscall", "getcwd"})["syscall getcwd"]["errno"] == "EPERM");
    }
}

RUNTIME_TEST("seccomp: KILL ends the thread or process with SIGSYS", "[seccomp]") {
    expect_orphans();
    for (const char* action : {"SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS"}) {
        INFO(action);
        Bundle& b = bundle().seccomp(allow_but(json::array({rule({"mkdir"}, action)})));
        CHECK(run(b.args({"/probe", "mkdir", "/dev/shm/x"})).exit_code == 159);
    }
}

RUNTIME_TEST("seccomp: TRAP raises SIGSYS, LOG lets the call through", "[seccomp]") {
    Bundle& b = bundle().seccomp(allow_but(json::array({rule({"mkdir"}, "SCMP_ACT_TRAP")})));
    CHECK(run(b.sh("mkdir /dev/shm/x; echo code $?")).out == "code 159\n");
    b.seccomp(allow_but(json::array({rule({"mkdir"}, "SCMP_ACT_LOG")})));
    CHECK(probe(b, {"mkdir", "/dev/shm/x"})["mkdir /dev/shm/x"]["errno"] == "");
}

RUNTIME_TEST("seccomp: arguments are compared by every operator", "[seccomp]") {
    struct {
        const char* op;
        unsigned long long value, second;
        bool zero, eight;  // is personality(0) / personality(8) refused?
    } const table[] = {{"SCMP_CMP_EQ", 8, 0, false, true},       {"SCMP_CMP_NE", 8, 0, true, false},
                       {"SCMP_CMP_LT", 8, 0, true, false},       {"SCMP_CMP_LE", 8, 0, true, true},
                       {"SCMP_CMP_GT", 0, 0, false, true},       {"SCMP_CMP_GE", 8, 0, false, true},
                       {"SCMP_CMP_MASKED_EQ", 8, 8, false, true}};
    for (const auto& entry : table) {
        INFO(entry.op);
        json refused = rule({"personality"}, "SCMP_ACT_ERRNO");
        json arg = argument(0, entry.value, entry.op);
        if (std::string(entry.op) == "SCMP_CMP_MASKED_EQ") arg["valueTwo"] = entry.second;
        refused["args"] = json::array({arg});
        Bundle& b = bundle().seccomp(allow_but(json::array({refused})));
        json facts = probe(b, {"syscall", "personality0", "syscall", "personality8"});
        CHECK((facts["syscall personality0"]["errno"] == "EPERM") == entry.zero);
        CHECK((facts["syscall personality8"]["errno"] == "EPERM") == entry.eight);
    }
}

RUNTIME_TEST("seccomp: several conditions on one argument are alternatives, on several all must hold",
             "[seccomp]") {
    json either = rule({"personality"}, "SCMP_ACT_ERRNO");
    either["args"] = json::array({argument(0, 0, "SCMP_CMP_EQ"), argument(0, 8, "SCMP_CMP_EQ")});
    json facts =
        probe(bundle().seccomp(allow_but(json::array({either}))),
              {"syscall", "personality0", "syscall", "personality8", "syscall", "personality_query"});
    CHECK(facts["syscall personality0"]["errno"] == "EPERM");
    CHECK(facts["syscall personality8"]["errno"] == "EPERM");
    CHECK(facts["syscall personality_query"]["errno"] == "");

    json both = rule({"kcmp"}, "SCMP_ACT_ERRNO");
    both["errnoRet"] = 77;
    both["args"] = json::array({argument(0, 1, "SCMP_CMP_EQ"), argument(1, 2, "SCMP_CMP_EQ")});
    facts = probe(bundle().seccomp(allow_but(json::array({both}))), {"syscall", "kcmp"});
    CHECK(facts["syscall kcmp"]["errno"] != "EBADFD");  // called with (1, 1)
}

RUNTIME_TEST(
    "seccomp: under a refusing default, calls newer than the profile are ENOSYS and known ones EPERM",
    "[seccomp]") {
    // Allows what the probe and the last steps of init need, and nothing newer than clone3 (435).
    json names = json::array();
    for (const char* name : {"read",
                             "write",
                             "open",
                             "openat",
                             "close",
                             "fstat",
                             "newfstatat",
                             "lstat",
                             "stat",
                             "mmap",
                             "mprotect",
                             "munmap",
                             "brk",
                             "rt_sigaction",
                             "rt_sigprocmask",
                             "rt_sigreturn",
                             "ioctl",
                             "pread64",
                             "access",
                             "pipe2",
                             "dup",
                             "dup2",
                             "dup3",
                             "getpid",
                             "gettid",
                             "execve",
                             "exit",
                             "exit_group",
                             "fcntl",
                             "getdents64",
                             "getcwd",
                             "chdir",
                             "fchdir",
                             "readlink",
                             "readlinkat",
                             "umask",
                             "getrlimit",
                             "prlimit64",
                             "arch_prctl",
                             "futex",
                             "set_tid_address",
                             "set_robust_list",
                             "rseq",
                             "getrandom",
                             "prctl",
                             "setuid",
                             "setgid",
                             "setgroups",
                             "setresuid",
                             "setresgid",
                             "capget",
                             "capset",
                             "getuid",
                             "getgid",
                             "geteuid",
                             "getegid",
                             "getppid",
                             "fchown",
                             "fstatfs",
                             "statfs",
                             "nanosleep",
                             "clock_nanosleep",
                             "epoll_ctl",
                             "epoll_wait",
                             "epoll_pwait",
                             "epoll_create1",
                             "eventfd2",
                             "sched_yield",
                             "sched_getaffinity",
                             "clone",
                             "tgkill",
                             "kill",
                             "sigaltstack",
                             "madvise",
                             "lseek",
                             "poll",
                             "ppoll",
                             "openat2",
                             "close_range",
                             "faccessat",
                             "faccessat2",
                             "unlink",
                             "unlinkat",
                             "writev",
                             "readv",
                             "recvmsg",
                             "sendmsg",
                             "sendto",
                             "recvfrom",
                             "shutdown",
                             "clone3",
                             "wait4",
                             "waitid",
                             "uname",
                             "keyctl",
                             "execveat",
                             "timer_create",
                             "timer_settime",
                             "timer_delete",
                             "clock_gettime",
                             "setsid",
                             "seccomp",
                             "fchmod",
                             "getresuid",
                             "getresgid"})
        names.push_back(name);
    Bundle& b = bundle().seccomp({{"defaultAction", "SCMP_ACT_ERRNO"},
                                  {"architectures", {"SCMP_ARCH_X86_64"}},
                                  {"syscalls", {{{"names", names}, {"action", "SCMP_ACT_ALLOW"}}}}});
    json facts =
        probe(b, {"syscall", "unknown", "syscall", "mseal", "syscall", "bpf", "syscall", "sethostname"});
    CHECK(facts["syscall unknown"]["errno"] == "ENOSYS");
    CHECK(facts["syscall mseal"]["errno"] == "ENOSYS");
    CHECK(facts["syscall bpf"]["errno"] == "EPERM");
    CHECK(facts["syscall sethostname"]["errno"] == "EPERM");
}

RUNTIME_TEST("seccomp: defaultErrnoRet is what refused calls get", "[seccomp]") {
    Bundle& b = bundle();
    json profile = allow_but(json::array({rule({"mkdir"}, "SCMP_ACT_ERRNO")}));
    b.seccomp(profile);
    CHECK(probe(b, {"mkdir", "/dev/shm/x"})["mkdir /dev/shm/x"]["errno"] == "EPERM");
}

RUNTIME_TEST("seccomp: every flag is accepted", "[seccomp]") {
    Bundle& b = bundle();
    json profile = allow_but(json::array({rule({"mkdir"}, "SCMP_ACT_ERRNO")}));
    for (const json& flags : {json::array(), json({"SECCOMP_FILTER_FLAG_LOG"}),
                              json({"SECCOMP_FILTER_FLAG_SPEC_ALLOW"}), json({"SECCOMP_FILTER_FLAG_TSYNC"}),
                              json({"SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"})}) {
        INFO(flags);
        if (is_old_runc() && !flags.empty()) continue;  // 1.1 refuses all of them
        profile["flags"] = flags;
        b.seccomp(profile);
        CHECK(probe(b, {"seccomp"})["seccomp"] == 2);
    }
}

RUNTIME_TEST("seccomp: unknown actions, operators, architectures and flags are refused by name",
             "[seccomp][errors]") {
    auto expect = [&](const json& profile, const char* text) {
        INFO(text);
        CHECK_FAILS(try_create(bundle().idle().seccomp(profile)), 1, text);
        CHECK(status(last_id()).empty());
    };
    expect(allow_but(json::array({rule({"mkdir"}, "SCMP_ACT_FOO")})),
           "string SCMP_ACT_FOO is not a valid action for seccomp");
    json bad_operator = rule({"mkdir"}, "SCMP_ACT_ERRNO");
    bad_operator["args"] = json::array({argument(0, 1, "SCMP_CMP_FOO")});
    expect(allow_but(json::array({bad_operator})), "string SCMP_CMP_FOO is not a valid operator for seccomp");
    json profile = allow_but(json::array());
    profile["architectures"] = {"SCMP_ARCH_FOO"};
    expect(profile, "string SCMP_ARCH_FOO is not a valid arch for seccomp");
    if (is_old_runc()) return;
    profile = allow_but(json::array({rule({"mkdir"}, "SCMP_ACT_ERRNO")}));
    profile["flags"] = {"SECCOMP_FILTER_FLAG_FOO"};
    expect(profile, "seccomp flag SECCOMP_FILTER_FLAG_FOO is not known to runc");
}

RUNTIME_TEST("seccomp: NOTIFY hands the listener's descriptor and the state to the agent",
             "[seccomp][notify]") {
    DescriptorSocket agent(temp("agent.sock"));
    json profile = allow_but(json::array({rule({"mkdir"}, "SCMP_ACT_NOTIFY")}));
    profile["listenerPath"] = agent.path().string();
    profile["listenerMetadata"] = "some metadata";
    Bundle& b = bundle().seccomp(profile);
    b.spec["annotations"] = {{"key", "value"}};
    b.args({"/probe", "mkdir", "/dev/shm/x"});
    std::string c = create(b);
    auto message = agent.receive();
    REQUIRE(message.fds.size() == 1);
    json told = json::parse(message.text);
    CHECK(told["fds"] == json({"seccompFd"}));
    CHECK(told["metadata"] == "some metadata");
    CHECK(told["state"]["id"] == c);
    CHECK(told["state"]["status"] == "creating");
    CHECK(told["state"]["pid"] == init_pid(c));
    CHECK(told["state"]["bundle"] == b.dir().string());
    CHECK(told["state"]["annotations"]["key"] == "value");
    CHECK(told.contains("ociVersion"));
    start(c);
    // Play the agent: answer the one call with an errno of our own.
    seccomp_notif request{};
    REQUIRE(ioctl(message.fds[0].get(), SECCOMP_IOCTL_NOTIF_RECV, &request) == 0);
    seccomp_notif_resp response{};
    response.id = request.id;
    response.error = -ENOMEDIUM;
    REQUIRE(ioctl(message.fds[0].get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0);
    CHECK(wait_exit(c) == 0);
    CHECK(json::parse(output(c))["mkdir /dev/shm/x"]["errno"] == "ENOMEDIUM");
}

RUNTIME_TEST("seccomp: NOTIFY is refused where it could not work", "[seccomp][notify][errors]") {
    json profile = allow_but(json::array({rule({"mkdir"}, "SCMP_ACT_NOTIFY")}));
    CHECK_FAILS(try_create(bundle().idle().seccomp(profile)), 1, "listenerPath");
    profile["listenerPath"] = temp("nobody.sock").string();
    CHECK_FAILS(try_create(bundle().idle().seccomp(profile)), 1,
                "failed to connect with seccomp agent specified in the seccomp profile");
    CHECK(status(last_id()).empty());
    profile["syscalls"] = json::array({rule({"write"}, "SCMP_ACT_NOTIFY")});
    CHECK_FAILS(try_create(bundle().idle().seccomp(profile)), 1,
                "SCMP_ACT_NOTIFY cannot be used for the write syscall");
    profile["syscalls"] = json::array();
    profile["defaultAction"] = "SCMP_ACT_NOTIFY";
    CHECK_FAILS(try_create(bundle().idle().seccomp(profile)), 1,
                "SCMP_ACT_NOTIFY cannot be used as default action");
}
