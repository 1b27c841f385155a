// SPDX-License-Identifier: Apache-2.0
// exec: where its process object comes from, what the options make of it, what it inherits from the container.
#include "support/exec.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

unsigned long long hex(const json& text) {
    return std::stoull(text.get<std::string>(), nullptr, 16);
}

constexpr unsigned long long kKill = 1ULL << 5, kChown = 1ULL << 0, kNetRaw = 1ULL << 13;

std::set<std::string> as_set(const json& list) {
    return list.get<std::set<std::string>>();
}

}  // namespace

EXEC_TEST("exec: the process object is that of the bundle's config.json, with another command",
          "[exec][process][root]") {
    Bundle& b = bundle().idle().env("FROM_CONFIG=1");
    b.spec["process"]["cwd"] = "/etc";
    b.spec["process"]["user"] = {{"uid", 7}, {"gid", 8}, {"additionalGids", {9}}};
    const auto c = run_detached(b);
    json facts = exec_probe(c, {"env", "cwd", "ids", "caps", "nnp", "rlimits", "cmdline"});
    CHECK(as_set(facts["env"]).contains("FROM_CONFIG=1"));
    CHECK(facts["cwd"] == "/etc");
    CHECK(facts["ids"]["uid"] == 7);
    CHECK(facts["ids"]["gid"] == 8);
    CHECK(facts["ids"]["groups"].get<std::set<int>>() == std::set<int>{9});
    CHECK(hex(facts["caps"]["bounding"]) == (1ULL << 29 | 1ULL << 10 | kKill));
    CHECK(facts["nnp"] == 1);
    CHECK(facts["rlimits"]["NOFILE"] == json({1024, 1024}));
    CHECK(facts["cmdline"][0] == "/probe");
}

EXEC_TEST("exec: config.json is read again, as it is now", "[exec][process]") {
    Bundle& b = bundle().idle();
    const auto c = run_detached(b);
    b.env("ADDED_LATER=1").save();
    CHECK(as_set(exec_probe(c, {"env"})["env"]).contains("ADDED_LATER=1"));
    fs::remove(b.dir() / "config.json");
    CHECK_FAILS(exec(c, {"true"}), 255, "exec failed: JSON specification file config.json not found");
}

EXEC_TEST("exec: exit codes are the program's", "[exec]") {
    const auto c = run_detached(bundle().idle());
    for (int code : {0, 1, 2, 126, 127, 255}) {
        INFO(code);
        CHECK(exec(c, {"sh", "-c", "exit " + std::to_string(code)}).exit_code == code);
    }
    CHECK(exec(c, {"sh", "-c", "kill -9 $$"}).exit_code == 128 + SIGKILL);
    CHECK(exec(c, {"sh", "-c", "kill -15 $$"}).exit_code == 128 + SIGTERM);
}

EXEC_TEST("exec: a program that cannot run is 255, with the reason", "[exec][errors]") {
    Bundle& b = bundle().idle();
    b.file("not-executable", "x", 0644);
    b.file("garbage", std::string("\0\1\2\3", 4), 0755);
    const auto c = run_detached(b);
    CHECK_FAILS(
        exec(c, {"nope"}), 255,
        "exec failed: unable to start container process: exec: \"nope\": executable file not found in $PATH");
    CHECK_FAILS(exec(c, {"/nope"}), 255, "exec: \"/nope\": stat /nope: no such file or directory");
    CHECK_FAILS(exec(c, {"/not-executable"}), 255, "exec: \"/not-executable\": permission denied");
    CHECK_FAILS(exec(c, {"/garbage"}), is_old_runc() ? 1 : 255, "exec /garbage: exec format error");
    if (!is_old_runc()) CHECK_FAILS(exec(c, {"/etc"}), 255, "exec: \"/etc\": is a directory");
    CHECK_FAILS(exec(c, {"true"}, {"--cwd", "/no/such"}), 255, "no such file or directory");
    CHECK_FAILS(exec(c, {"true"}, {"--cwd", "relative"}), 255, "exec failed: Cwd must be an absolute path");
    CHECK_FAILS(exec(c, {}), 255,
                is_old_runc() ? "cannot be empty" : "exec failed: exec args cannot be empty");
    CHECK_FAILS(exec("no-such-container", {"true"}), 255, "exec failed: container does not exist");
    // Counted before anything is looked at.
    CHECK(call({"exec"}).exit_code == 1);
    // The container is none the worse.
    CHECK(exec(c, {"true"}).exit_code == 0);
}

EXEC_TEST("exec: --cwd, --env, --user and --additional-gids", "[exec][options][root]") {
    Bundle& b = bundle().idle().env("KEPT=1").env("REPLACED=old");
    b.spec["process"]["user"] = {{"uid", 3}, {"gid", 4}, {"additionalGids", {5}}};
    const auto c = run_detached(b);
    json facts = exec_probe(c, {"cwd", "env", "ids"},
                            {"--cwd", "/proc", "-e", "REPLACED=new,x", "-e", "ADDED=2", "--user", "1000:1001",
                             "--additional-gids", "6", "--additional-gids", "7"});
    CHECK(facts["cwd"] == "/proc");
    const auto env = as_set(facts["env"]);
    CHECK(env.contains("KEPT=1"));
    CHECK(env.contains("ADDED=2"));
    CHECK(env.contains("REPLACED=new,x"));
    if (!is_old_runc()) CHECK_FALSE(env.contains("REPLACED=old"));
    CHECK(facts["ids"]["uid"] == 1000);
    CHECK(facts["ids"]["gid"] == 1001);
    auto groups = facts["ids"]["groups"].get<std::set<int>>();
    groups.erase(1001);
    CHECK(groups == std::set<int>{5, 6, 7});

    facts = exec_probe(c, {"ids", "env"}, {"-u", "1000", "-g", "6", "--env", "ADDED=3"});
    CHECK(facts["ids"]["uid"] == 1000);
    CHECK(facts["ids"]["gid"] == 4);
    CHECK(as_set(facts["env"]).contains("ADDED=3"));
}

EXEC_TEST("exec: a user or group that is no plain number runs nothing (CVE-2026-30892)",
          "[exec][options][security]") {
    const auto c = run_detached(bundle().idle());
    const auto refused = [&](const std::string& user, const char* text) {
        INFO(user);
        Result result = exec(c, {"/probe", "ids"}, {"--user", user});
        CHECK(result.exit_code == 255);
        CHECK(result.out.empty());
        if (!is_old_runc()) CHECK_THAT(plain_errors(result), HasText(text));
    };
    for (const char* user : {"root", ":0", " 0", "0 ", "0x0", "1.0", "1,2"})
        refused(user, "exec failed: bad uid: ");
    for (const char* user : {"1000:", "1000:root", "1000:0:0", "1000: 0"})
        refused(user, "exec failed: bad gid: ");
    if (is_old_runc()) return;  // takes signs, and numbers beyond 32 bits modulo 2^32
    for (const char* user : {"-1", "+0", "4294967295", "4294967296", "18446744073709551616"})
        refused(user, "exec failed: bad uid: ");
    for (const char* user : {"1000:-1", "1000:+5", "1000:4294967296"})
        refused(user, "exec failed: bad gid: ");
    CHECK_FAILS(exec(c, {"true"}, {"-g", "-7"}), 255, "additional-gids must be a positive number -7");
    CHECK_FAILS(exec(c, {"true"}, {"-g", "4294967296"}), 255, "bad additional gid");
    CHECK_FAILS(exec(c, {"true"}, {"-g", "x"}), 1, "strconv.ParseInt: parsing \"x\": invalid syntax");
}

EXEC_TEST("exec: --cap adds to bounding, effective and permitted, never to inheritable (CVE-2022-29162)",
          "[exec][options]") {
    Bundle& b = bundle().idle();
    const auto c = run_detached(b);
    json caps = exec_probe(c, {"caps"}, {"--cap", "CAP_CHOWN", "--cap", "CAP_NET_RAW"})["caps"];
    for (const char* set : {"bounding", "effective", "permitted"})
        CHECK((hex(caps[set]) & (kChown | kNetRaw | kKill)) == (kChown | kNetRaw | kKill));
    CHECK(hex(caps["inheritable"]) == 0);
    CHECK(hex(caps["ambient"]) == 0);

    Result unknown = exec(c, {"true"}, {"--cap", "CAP_FOO"});
    CHECK(unknown.exit_code == 0);
    CHECK_THAT(plain_errors(unknown), HasText("ignoring unknown or unavailable capabilities: [CAP_FOO]"));

    b.spec["process"]["capabilities"]["inheritable"] = {"CAP_KILL", "CAP_CHOWN"};
    b.save();
    caps = exec_probe(c, {"caps"}, {"--cap", "CAP_CHOWN"})["caps"];
    CHECK(hex(caps["inheritable"]) == (kKill | kChown));
    CHECK(hex(caps["ambient"]) == kChown);
}

EXEC_TEST("exec: --no-new-privs sets and unsets it", "[exec][options]") {
    Bundle& b = bundle().idle();
    const auto c = run_detached(b);
    CHECK(exec_probe(c, {"nnp"})["nnp"] == 1);
    CHECK(exec_probe(c, {"nnp"}, {"--no-new-privs=false"})["nnp"] == 0);
    b.spec["process"]["noNewPrivileges"] = false;
    b.save();
    CHECK(exec_probe(c, {"nnp"})["nnp"] == 0);
    CHECK(exec_probe(c, {"nnp"}, {"--no-new-privs"})["nnp"] == 1);
}

EXEC_TEST("exec: labels are refused on a host without their security module, by either way", "[exec][lsm]") {
    if (fs::exists("/sys/fs/selinux/enforce") || fs::exists("/sys/module/apparmor")) return;
    const auto c = run_detached(bundle().idle());
    CHECK_FAILS(exec(c, {"true"}, {"--apparmor", "some-profile"}), 255, "apparmor");
    CHECK_FAILS(exec(c, {"true"}, {"--process-label", "u:r:t:s0"}), 255,
                "selinux label is specified in config, but selinux is disabled or not supported");
    json process = process_object({"ids"});
    process["apparmorProfile"] = "some-profile";
    CHECK_FAILS(exec_process(c, process), 255, "apparmor");
}

EXEC_TEST("exec --process: the object is all there is, options and command mean nothing",
          "[exec][process][root]") {
    Bundle& b = bundle().idle().env("FROM_CONFIG=1");
    const auto c = run_detached(b);
    json process = process_object({"env", "cwd", "ids", "caps", "nnp", "rlimits"});
    process["cwd"] = "/bin";
    process["env"] = {"PATH=/bin", "OWN=1", "HOME=/x"};
    process["user"] = {{"uid", 11}, {"gid", 12}, {"additionalGids", {13}}};
    process["capabilities"] = {{"bounding", {"CAP_CHOWN"}}};
    process["rlimits"] = json::array({{{"type", "RLIMIT_NOFILE"}, {"soft", 77}, {"hard", 88}}});
    json facts = probe_process(
        c, process,
        {"--cwd", "/proc", "--env", "X=1", "--user", "0", "--cap", "CAP_KILL", "--tty", "--no-new-privs"});
    CHECK(as_set(facts["env"]) == std::set<std::string>{"PATH=/bin", "OWN=1", "HOME=/x"});
    CHECK(facts["cwd"] == "/bin");
    CHECK(facts["ids"]["uid"] == 11);
    CHECK(facts["ids"]["groups"].get<std::set<int>>() == std::set<int>{13});
    CHECK(hex(facts["caps"]["bounding"]) == kChown);
    CHECK(hex(facts["caps"]["permitted"]) == 0);
    CHECK(facts["nnp"] == 0);
    CHECK(facts["rlimits"]["NOFILE"][1] == 88);
    if (!is_old_runc()) CHECK(facts["rlimits"]["NOFILE"][0] == 77);  // Go raised the soft limit
    // config.json has no part in it.
    fs::remove(b.dir() / "config.json");
    CHECK(exec_process(c, process).exit_code == 0);
}

EXEC_TEST("exec --process: the file may be a pipe", "[exec][process]") {
    const auto c = run_detached(bundle().idle());
    Pipe pipe = make_pipe();
    const auto text = process_object({"cwd"}).dump();
    REQUIRE(write(pipe.write_end.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    pipe.write_end.reset();
    Options options;
    options.fds = {{pipe.read_end.get(), 63}};
    Result result = exec(c, {}, {"--process", "/dev/fd/63"}, options);
    REQUIRE_OK(result);
    CHECK(json::parse(result.out)["cwd"] == "/");
}

EXEC_TEST("exec --process: what is wrong with it is said, and exits 255", "[exec][process][errors]") {
    const auto c = run_detached(bundle().idle());
    const auto refused = [&](const json& patch, const char* text) {
        json process = process_object({"ids"});
        process.merge_patch(patch);
        CHECK_FAILS(exec_process(c, process), 255, text);
    };
    refused({{"cwd", nullptr}}, "Cwd property must not be empty");
    refused({{"cwd", "x"}}, "Cwd must be an absolute path");
    refused({{"args", json::array()}}, "args must not be empty");
    refused({{"rlimits", json::array({{{"type", "RLIMIT_FOO"}, {"soft", 1}, {"hard", 1}}})}},
            "wrong rlimit value: RLIMIT_FOO");
    CHECK_FAILS(exec(c, {}, {"--process", temp("missing.json")}), 255, "no such file or directory");
    write_file(temp("broken.json"), "{\"args\": [\"ls\"");
    CHECK(exec(c, {}, {"--process", temp("broken.json")}).exit_code == 255);
}

EXEC_TEST("exec --process: what it leaves out comes from the container where runc takes it from there",
          "[exec][process]") {
    Bundle& b = bundle().idle();
    b.spec["process"]["oomScoreAdj"] = 321;
    b.spec["process"]["user"]["umask"] = 0117;
    const auto c = run_detached(b);
    json process = process_object({"caps", "oom", "umask", "nnp", "rlimits", "keyring"});
    process["oomScoreAdj"] = 5;
    process["user"]["umask"] = 0;
    json facts = probe_process(c, process);
    CHECK(hex(facts["caps"]["bounding"]) == (1ULL << 29 | 1ULL << 10 | kKill));
    CHECK(facts["oom"] == 321);
    if (!is_old_runc()) CHECK(facts["umask"] == "0117");
    // Not kept: no_new_privs is the process object's alone, and so are rlimits.
    CHECK(facts["nnp"] == 0);
    CHECK(facts["rlimits"]["NOFILE"] != json({1024, 1024}));
    CHECK_THAT(facts["keyring"]["description"].get<std::string>(), HasText("_ses." + c));
}

EXEC_TEST("exec: without a configured umask it is the caller's", "[exec][umask]") {
    const auto c = run_detached(bundle().idle());
    Options options;
    options.in_child = [] { umask(031); };
    CHECK(exec_probe(c, {"umask"}, {}, options)["umask"] == "0031");
}

EXEC_TEST("exec: personality, scheduler and I/O priority of the container hold for it, and can be replaced",
          "[exec][scheduler]") {
    REQUIRES("scheduler");
    Bundle& b = bundle().idle();
    b.spec["process"]["scheduler"] = {{"policy", "SCHED_BATCH"}, {"nice", 3}};
    b.spec["process"]["ioPriority"] = {{"class", "IOPRIO_CLASS_IDLE"}, {"priority", 0}};
    b.spec["linux"]["personality"] = {{"domain", "LINUX32"}};
    const auto c = run_detached(b);
    json process = process_object({"sched"});
    json sched = probe_process(c, process)["sched"];
    CHECK(sched["policy"] == SCHED_BATCH);
    CHECK(sched["nice"] == 3);
    CHECK(sched["ioprio"] == (3 << 13));
    CHECK(sched["personality"] == 8);
    process["scheduler"] = {{"policy", "SCHED_OTHER"}, {"nice", 5}};
    process["ioPriority"] = {{"class", "IOPRIO_CLASS_BE"}, {"priority", 6}};
    sched = probe_process(c, process)["sched"];
    CHECK(sched["policy"] == SCHED_OTHER);
    CHECK(sched["nice"] == 5);
    CHECK(sched["ioprio"] == (2 << 13 | 6));
}

EXEC_TEST("exec: CPU affinity is all of the cpuset's, or what execCPUAffinity says", "[exec][affinity]") {
    REQUIRES("two-cpus");
    if (is_old_runc()) return;  // inherits the caller's; execCPUAffinity came with runc 1.3
    Bundle& b = bundle().idle();
    const auto c = run_detached(b);
    Options pinned;
    pinned.in_child = [] {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(0, &one);
        sched_setaffinity(0, sizeof one, &one);
    };
    CHECK(exec_probe(c, {"sched"}, {}, pinned)["sched"]["cpus"] == sysconf(_SC_NPROCESSORS_ONLN));

    json process = process_object({"cat", "/proc/self/status"});
    const auto allowed = [&](const json& affinity) {
        process["execCPUAffinity"] = affinity;
        const auto status = probe_process(c, process)["cat /proc/self/status"].get<std::string>();
        const auto at = status.find("Cpus_allowed_list:\t") + 19;
        return status.substr(at, status.find('\n', at) - at);
    };
    CHECK(allowed({{"initial", "0"}, {"final", "1"}}) == "1");
    CHECK(allowed({{"final", "0"}}) == "0");
    CHECK(allowed({{"initial", "1"}}) == "1");

    // The C stage says what it was born with.
    Options debug;
    debug.global = {"--debug"};
    process["execCPUAffinity"] = {{"initial", "1"}, {"final", "0"}};
    CHECK_THAT(plain_errors(exec_process(c, process, {}, debug)), HasText("affinity: 0x2"));

    process["execCPUAffinity"] = {{"initial", "3-1"}};
    CHECK_FAILS(exec_process(c, process), 255, "bad CPUAffinity.Initial: ");
    process["execCPUAffinity"] = {{"final", "60000"}};
    CHECK_FAILS(exec_process(c, process), 255, "error setting final CPU affinity: ");
    CHECK(exec(c, {"true"}).exit_code == 0);

    // The container's own, when the process object has none.
    b.spec["process"]["execCPUAffinity"] = {{"final", "1"}};
    const auto with_own = run_detached(b);
    process.erase("execCPUAffinity");
    const auto status = probe_process(with_own, process)["cat /proc/self/status"].get<std::string>();
    CHECK_THAT(status, HasText("Cpus_allowed_list:\t1\n"));
}
