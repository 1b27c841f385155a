// SPDX-License-Identifier: Apache-2.0
// The process object: ids, directory, environment, program lookup, limits, capabilities and the other
// attributes, read back from inside by the probe.
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

constexpr unsigned long long bit(int capability) {
    return 1ULL << capability;
}

unsigned long long hex(const json& text) {
    return std::stoull(text.get<std::string>(), nullptr, 16);
}

}  // namespace

RUNTIME_TEST("process: uid, gid and additional gids are set in every form", "[process][ids][root]") {
    Bundle& b = bundle();
    b.spec["process"]["user"] = {{"uid", 1000}, {"gid", 1001}, {"additionalGids", {7, 5, 2000}}};
    json ids = probe(b, {"ids"})["ids"];
    for (const char* name : {"uid", "euid", "suid"})
        CHECK(ids[name] == 1000);
    for (const char* name : {"gid", "egid", "sgid"})
        CHECK(ids[name] == 1001);
    std::set<int> groups = ids["groups"];
    groups.erase(1001);
    CHECK(groups == std::set<int>{5, 7, 2000});
}

RUNTIME_TEST("process: without additional gids none of the caller's groups stay", "[process][ids][root]") {
    Options options;
    options.in_child = [] {
        gid_t groups[] = {4, 24, 27};
        if (setgroups(3, groups) < 0) _exit(124);
    };
    json ids = probe(bundle(), {"ids"}, {}, options)["ids"];
    CHECK(ids["groups"] == json::array());
}

RUNTIME_TEST("process: is pid 1, leads its session and has no parent inside", "[process][ids]") {
    json ids = probe(bundle(), {"ids"})["ids"];
    CHECK(ids["pid"] == 1);
    CHECK(ids["ppid"] == 0);
    CHECK(ids["sid"] == 1);
    CHECK(ids["pgid"] == 1);
}

RUNTIME_TEST("process: umask is 022 by default, whatever the caller's is, and the spec's when given",
             "[process][umask]") {
    Bundle& b = bundle();
    Options options;
    options.in_child = [] { umask(077); };
    CHECK(probe(b, {"umask"}, {}, options)["umask"] == "0022");
    b.spec["process"]["user"]["umask"] = 0117;
    CHECK(probe(b, {"umask"})["umask"] == "0117");
    b.spec["process"]["user"]["umask"] = 0;
    CHECK(probe(b, {"umask"})["umask"] == "0000");
}

RUNTIME_TEST("process: starts in cwd, which is created when missing", "[process][cwd]") {
    Bundle& b = bundle().writable();
    b.spec["process"]["cwd"] = "/etc";
    CHECK(probe(b, {"cwd"})["cwd"] == "/etc");
    b.spec["process"]["cwd"] = "/made/by/runtime";
    CHECK(probe(b, {"cwd"})["cwd"] == "/made/by/runtime");
    struct stat facts {};
    REQUIRE(stat((b.rootfs() / "made/by/runtime").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0755);
}

RUNTIME_TEST("process: cwd may be a directory that only the container's user can enter", "[process][cwd]") {
    Bundle& b = bundle();
    fs::path home = b.directory("home/app", 0700);
    REQUIRE(chown(home.c_str(), 1000, 1000) == 0);
    b.spec["process"]["user"] = {{"uid", 1000}, {"gid", 1000}};
    b.spec["process"]["cwd"] = "/home/app";
    CHECK(probe(b, {"cwd"})["cwd"] == "/home/app");
}

RUNTIME_TEST(
    "process: cwd may be a directory that only root with capabilities could enter, as runc checks it first",
    "[process][cwd]") {
    Bundle& b = bundle();
    b.directory("locked", 0700);
    b.spec["process"]["user"] = {{"uid", 1000}, {"gid", 1000}};
    b.spec["process"]["cwd"] = "/locked";
    b.args({"true"});
    CHECK(run(b).exit_code == 0);
}

RUNTIME_TEST("process: a cwd that is a file fails the create", "[process][cwd]") {
    Bundle& b = bundle().idle();
    b.spec["process"]["cwd"] = "/etc/passwd";
    Result result = try_create(b);
    CHECK_FAILS(result, 1, "/etc/passwd");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("process: the environment is the spec's, in order, with HOME from /etc/passwd at the end",
             "[process][env]") {
    Bundle& b = bundle();
    b.spec["process"]["env"] = {"B=2", "A=1", "EMPTY=", "WITH=a=b"};
    CHECK(probe(b, {"env"})["env"] == json({"B=2", "A=1", "EMPTY=", "WITH=a=b", "HOME=/root"}));
    b.spec["process"]["user"] = {{"uid", 1000}, {"gid", 1000}};
    CHECK(probe(b, {"env"})["env"].back() == "HOME=/home/app");
    b.spec["process"]["user"] = {{"uid", 4711}, {"gid", 1000}};
    CHECK(probe(b, {"env"})["env"].back() == "HOME=/");
}

RUNTIME_TEST("process: a HOME that the spec gives stays", "[process][env]") {
    Bundle& b = bundle();
    b.spec["process"]["env"] = {"HOME=/custom", "X=1"};
    CHECK(probe(b, {"env"})["env"] == json({"HOME=/custom", "X=1"}));
}

RUNTIME_TEST("process: an empty HOME is replaced, the last of several values wins", "[process][env]") {
    // Until 1.2 runc kept duplicates, and set HOME first.
    if (is_old_runc()) return;
    Bundle& b = bundle();
    b.spec["process"]["env"] = {"A=old", "HOME=", "B=1", "A=new"};
    CHECK(probe(b, {"env"})["env"] == json({"B=1", "A=new", "HOME=/root"}));
}

RUNTIME_TEST("process: nothing of the caller's environment comes through", "[process][env]") {
    Bundle& b = bundle();
    b.spec["process"]["env"] = json::array();
    Options options;
    options.env = {"SECRET=1", "PATH=" + std::string(getenv("PATH")), "NOTIFY_SOCKET"};
    CHECK(probe(b, {"env"}, {}, options)["env"] == json({"HOME=/root"}));
}

RUNTIME_TEST("process: a malformed environment entry is an error", "[process][env]") {
    if (is_old_runc()) return;  // said it differently
    Bundle& b = bundle().idle();
    b.spec["process"]["env"] = {"NOEQUALS"};
    CHECK_FAILS(try_create(b), 1, "invalid environment variable: missing '='");
    b.spec["process"]["env"] = {"=x"};
    CHECK_FAILS(try_create(b), 1, "name cannot be empty");
}

RUNTIME_TEST("process: args reach the program unchanged", "[process][args]") {
    Bundle& b = bundle();
    b.args({"/probe", "cmdline", "say", "two words", "say", "", "say", "ä\n\"x\""});
    Result result = run(b);
    REQUIRE_OK(result);
    json facts = json::parse(result.out);
    CHECK(facts["cmdline"].size() == 8);
    CHECK(facts["cmdline"][3] == "two words");
    CHECK(facts["cmdline"][5] == "");
}

RUNTIME_TEST("process: the program is looked up in the container's PATH only", "[process][args]") {
    Bundle& b = bundle();
    b.file("opt/tool", "#!/bin/sh\necho the tool\n", 0755);
    b.args({"tool"});
    b.spec["process"]["env"] = {"PATH=/nowhere:/opt"};
    Result result = run(b);
    REQUIRE_OK(result);
    CHECK(result.out == "the tool\n");

    b.args({"sh", "-c", "true"});
    CHECK_FAILS(run(b), 1, "exec: \"sh\": executable file not found in $PATH");
    b.spec["process"]["env"] = json::array();
    CHECK_FAILS(try_create(b), 1, "exec: \"sh\": executable file not found in $PATH");
}

RUNTIME_TEST("process: lookup failures are told apart at create time", "[process][args][errors]") {
    Bundle& b = bundle();
    b.file("plain", "not executable", 0644);
    auto expect = [&](const char* program, const char* text) {
        INFO(program);
        Result result = try_create(b.args({program}));
        CHECK_FAILS(result, 1, text);
        CHECK(status(last_id()).empty());
    };
    expect("nosuchprogram", "exec: \"nosuchprogram\": executable file not found in $PATH");
    expect("/no/such", "exec: \"/no/such\": stat /no/such: no such file or directory");
    expect("/plain", "exec: \"/plain\": permission denied");
    if (!is_old_runc()) expect("/etc", "exec: \"/etc\": is a directory");
    Result result = try_create(b.args({"nosuchprogram"}));
    CHECK_THAT(plain_errors(result), HasText("unable to start container process: "));
    if (!is_old_runc())
        CHECK_THAT(plain_errors(result), HasText(runtime_identity().name + " create failed: "));
}

RUNTIME_TEST("process: what execve itself refuses is one line on the container's stderr and exit 255",
             "[process][args][errors]") {
    Bundle& b = bundle();
    b.file("script", "#!/no/such/interpreter\n", 0755);
    b.file("empty", "", 0755);
    b.file("garbage", "\1\2\3\4", 0755);
    auto expect = [&](const char* program, const std::string& text) {
        INFO(program);
        std::string c = create(b.args({program}));
        start(c);
        CHECK(wait_exit(c) == (is_old_runc() ? 1 : 255));
        if (is_old_runc()) return;
        // One line that begins as runc's; what follows may explain.
        CHECK(errors(c).rfind(text, 0) == 0);
        CHECK(errors(c).find('\n') == errors(c).size() - 1);
    };
    expect("/script", "exec /script: no such file or directory");
    expect("/garbage", "exec /garbage: exec format error");
    expect("/empty", "exec /empty: exec format error");
}

RUNTIME_TEST("process: rlimits are set as given, the last of duplicates wins", "[process][rlimits]") {
    Bundle& b = bundle();
    b.spec["process"]["rlimits"] =
        json::array({{{"type", "RLIMIT_NOFILE"}, {"soft", 100}, {"hard", 200}},
                     {{"type", "RLIMIT_CORE"}, {"soft", 0}, {"hard", 4096}},
                     {{"type", "RLIMIT_STACK"}, {"soft", 4194304}, {"hard", 8388608}},
                     {{"type", "RLIMIT_NOFILE"}, {"soft", 150}, {"hard", 180}}});
    json limits = probe(b, {"rlimits"})["rlimits"];
    CHECK(limits["NOFILE"] == json({150, 180}));
    CHECK(limits["CORE"] == json({0, 4096}));
    CHECK(limits["STACK"] == json({4194304, 8388608}));
}

RUNTIME_TEST("process: every Linux limit name is known, others are errors", "[process][rlimits]") {
    Bundle& b = bundle();
    b.spec["process"]["rlimits"] = json::array();
    for (const char* name : {"CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK",
                             "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"}) {
        b.spec["process"]["rlimits"].push_back(
            {{"type", std::string("RLIMIT_") + name}, {"soft", 0}, {"hard", 0}});
    }
    // Zero would stop the program itself for these.
    for (auto& limit : b.spec["process"]["rlimits"]) {
        for (const char* needed : {"RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_RSS", "RLIMIT_AS",
                                   "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_FSIZE"})
            if (limit["type"] == needed) limit["soft"] = limit["hard"] = 1000000000 % 20000 + (1 << 29);
        if (limit["type"] == "RLIMIT_NOFILE" || limit["type"] == "RLIMIT_NPROC")
            limit["soft"] = limit["hard"] = 512;
    }
    json limits = probe(b, {"rlimits"})["rlimits"];
    CHECK(limits["MSGQUEUE"] == json({0, 0}));
    CHECK(limits["RTTIME"] == json({0, 0}));
    CHECK(limits["SIGPENDING"] == json({0, 0}));
    CHECK(limits["NPROC"] == json({512, 512}));

    b.spec["process"]["rlimits"] = json::array({{{"type", "RLIMIT_FOO"}, {"soft", 1}, {"hard", 1}}});
    CHECK_FAILS(try_create(b), 1, "wrong rlimit value: RLIMIT_FOO");
}

RUNTIME_TEST("process: a limit may be raised only with the capability, and the error is the kernel's",
             "[process][rlimits]") {
    Bundle& b = bundle().idle();
    // Above fs.nr_open, which nobody may exceed.
    b.spec["process"]["rlimits"] =
        json::array({{{"type", "RLIMIT_NOFILE"}, {"soft", 1ULL << 40}, {"hard", 1ULL << 40}}});
    CHECK_FAILS(try_create(b), 1, "operation not permitted");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("process: the five capability sets are exactly the spec's", "[process][caps]") {
    Bundle& b = bundle();
    b.spec["process"]["capabilities"] = {{"bounding", {"CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW", "CAP_SETUID"}},
                                         {"permitted", {"CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"}},
                                         {"effective", {"CAP_CHOWN", "CAP_NET_RAW"}},
                                         {"inheritable", {"CAP_CHOWN", "CAP_NET_RAW"}},
                                         {"ambient", {"CAP_NET_RAW"}}};
    b.spec["process"]["user"] = {{"uid", 1000}, {"gid", 1000}};
    // The program is not root: what it holds after execve is what ambient gives it.
    json caps = probe(b, {"caps"})["caps"];
    CHECK(hex(caps["bounding"]) == (bit(0) | bit(5) | bit(13) | bit(7)));
    CHECK(hex(caps["inheritable"]) == (bit(0) | bit(13)));
    CHECK(hex(caps["ambient"]) == bit(13));
    CHECK(hex(caps["permitted"]) == bit(13));
    CHECK(hex(caps["effective"]) == bit(13));
}

RUNTIME_TEST("process: root gets the bounding set, and nothing when all sets are empty", "[process][caps]") {
    Bundle& b = bundle();
    json caps = probe(b, {"caps"})["caps"];
    for (const char* set : {"bounding", "permitted", "effective"})
        CHECK(hex(caps[set]) == (bit(29) | bit(5) | bit(10)));
    for (const char* set : {"inheritable", "ambient"})
        CHECK(hex(caps[set]) == 0);
    b.spec["process"]["capabilities"] = json::object();
    caps = probe(b, {"caps"})["caps"];
    for (const char* set : {"bounding", "permitted", "effective", "inheritable", "ambient"})
        CHECK(hex(caps[set]) == 0);
}

RUNTIME_TEST("process: without a capabilities object nothing is changed", "[process][caps]") {
    if (is_old_runc()) return;  // until 1.2 an absent object meant no capability at all
    Bundle& b = bundle();
    b.spec["process"].erase("capabilities");
    json caps = probe(b, {"caps"})["caps"];
    unsigned long long mine = 0;
    std::string text = read_file("/proc/self/status");
    mine = std::stoull(text.substr(text.find("CapBnd:") + 7), nullptr, 16);
    CHECK(hex(caps["bounding"]) == mine);
}

RUNTIME_TEST("process: unknown and unavailable capabilities are warned about and ignored",
             "[process][caps]") {
    Bundle& b = bundle().args({"true"});
    for (const char* set : {"bounding", "permitted", "effective"})
        b.spec["process"]["capabilities"][set] = {"CAP_FOO", "CAP_KILL"};
    Result result = run(b);
    CHECK(result.exit_code == 0);
    CHECK_THAT(plain_errors(result), HasText("ignoring unknown or unavailable capabilities: [CAP_FOO]"));
}

RUNTIME_TEST("process: an ambient capability that is not inheritable is a warning", "[process][caps]") {
    Bundle& b = bundle().args({"true"});
    b.spec["process"]["capabilities"]["ambient"] = {"CAP_KILL"};
    Result result = run(b);
    if (is_old_runc()) return;  // 1.1 raises ambient in one call and hides the failure
    CHECK(result.exit_code == 0);
    CHECK_THAT(plain_errors(result), HasText("can't raise ambient capability CAP_KILL"));
}

RUNTIME_TEST("process: noNewPrivileges follows the spec", "[process][nnp]") {
    Bundle& b = bundle();
    CHECK(probe(b, {"nnp"})["nnp"] == 1);
    b.spec["process"]["noNewPrivileges"] = false;
    CHECK(probe(b, {"nnp"})["nnp"] == 0);
    b.spec["process"].erase("noNewPrivileges");
    CHECK(probe(b, {"nnp"})["nnp"] == 0);
}

RUNTIME_TEST("process: oomScoreAdj is set when given and inherited when not", "[process][oom]") {
    Bundle& b = bundle();
    b.spec["process"]["oomScoreAdj"] = 345;
    CHECK(probe(b, {"oom"})["oom"] == 345);
    b.spec["process"]["oomScoreAdj"] = 1000;
    CHECK(probe(b, {"oom"})["oom"] == 1000);
    b.spec["process"].erase("oomScoreAdj");
    Options options;
    options.in_child = [] { write_file("/proc/self/oom_score_adj", "12"); };
    CHECK(probe(b, {"oom"}, {}, options)["oom"] == 12);
}

RUNTIME_TEST("process: gets a session keyring of its own unless told not to", "[process][keyring]") {
    Bundle& b = bundle();
    json own = probe(b, {"keyring"})["keyring"];
    CHECK_THAT(own["description"].get<std::string>(), HasText("_ses." + last_id()));
    json shared = probe(b, {"keyring"}, {"--no-new-keyring"})["keyring"];
    CHECK(shared["description"].get<std::string>().find("_ses." + last_id()) == std::string::npos);
}

RUNTIME_TEST("process: signal dispositions and masks of the caller do not reach the program",
             "[process][signals]") {
    Options options;
    options.in_child = [] {
        sigset_t some;
        sigemptyset(&some);
        sigaddset(&some, SIGUSR1);
        sigprocmask(SIG_BLOCK, &some, nullptr);
    };
    json mask = probe(bundle(), {"signalmask"}, {}, options)["signalmask"];
    CHECK(hex(mask["ignored"]) == 0);
    if (!is_old_runc()) CHECK(hex(mask["blocked"]) == 0);
}

RUNTIME_TEST("process: has no parent death signal, is dumpable and may use every CPU", "[process]") {
    json sched = probe(bundle(), {"sched"})["sched"];
    CHECK(sched["pdeathsig"] == 0);
    CHECK(sched["dumpable"] == 1);
    CHECK(sched["cpus"] == sysconf(_SC_NPROCESSORS_ONLN));
}

RUNTIME_TEST("process: the affinity of the caller does not narrow the container's", "[process]") {
    REQUIRES("two-cpus");
    if (is_old_runc()) return;  // 1.1 left it as it was
    Options options;
    options.in_child = [] {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(0, &one);
        sched_setaffinity(0, sizeof one, &one);
    };
    CHECK(probe(bundle(), {"sched"}, {}, options)["sched"]["cpus"] == sysconf(_SC_NPROCESSORS_ONLN));
}

RUNTIME_TEST("hostname and domainname are the spec's, and the host keeps its own", "[process][hostname]") {
    Bundle& b = bundle();
    std::string before = read_file("/proc/sys/kernel/hostname");
    b.spec["hostname"] = "inside.example";
    CHECK(probe(b, {"hostname"})["hostname"]["host"] == "inside.example");
    b.spec.erase("hostname");
    CHECK(probe(b, {"hostname"})["hostname"]["host"] == trimmed(before));
    CHECK(read_file("/proc/sys/kernel/hostname") == before);
    if (!missing("domainname").empty()) return;
    b.spec["domainname"] = "example.org";
    CHECK(probe(b, {"hostname"})["hostname"]["domain"] == "example.org");
}

RUNTIME_TEST("sysctls of the container's namespaces are set, with dots or slashes", "[process][sysctl]") {
    Bundle& b = bundle();
    b.spec["linux"]["sysctl"] = {{"net.ipv4.ip_forward", "1"},
                                 {"kernel.shmmni", "1234"},
                                 {"fs.mqueue.msg_max", "77"},
                                 {"net/ipv4/conf/lo/rp_filter", "0"}};
    json facts =
        probe(b, {"sysctl", "net.ipv4.ip_forward", "sysctl", "kernel.shmmni", "sysctl", "fs.mqueue.msg_max"});
    CHECK(facts["sysctl net.ipv4.ip_forward"] == "1");
    CHECK(facts["sysctl kernel.shmmni"] == "1234");
    CHECK(facts["sysctl fs.mqueue.msg_max"] == "77");
    CHECK(trimmed(read_file("/proc/sys/kernel/shmmni")) != "1234");
}

RUNTIME_TEST("a sysctl the kernel does not know fails the create", "[process][sysctl]") {
    Bundle& b = bundle().idle();
    b.spec["linux"]["sysctl"] = {{"net.ipv4.no_such_key", "1"}};
    CHECK_FAILS(try_create(b), 1, "no_such_key");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("a new network namespace has its loopback up and nothing else from the host",
             "[process][network]") {
    json net = probe(bundle(), {"net"})["net"];
    CHECK(net["lo_up"] == true);
    for (const auto& line : net["devices"])
        CHECK(line.get<std::string>().find("eth0") == std::string::npos);
}
