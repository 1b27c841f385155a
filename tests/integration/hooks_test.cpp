// SPDX-License-Identifier: Apache-2.0
// Hooks: the six kinds, when they run and in what order, what they are told, where, and what a failure does.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kRuntimeHooks = {"prestart", "createRuntime", "poststart", "poststop"};

// A hook script that appends `line` to a log and keeps its stdin in <log>.<kind>.
std::string note(const fs::path& log, const std::string& kind) {
    return "cat > " + log.string() + "." + kind + "; echo " + kind + " >> " + log.string();
}

std::string lines(const fs::path& log) {
    return try_read_file(log).value_or("");
}

}  // namespace

RUNTIME_TEST("hooks: run in the order of the specification, each when its moment comes", "[hooks]") {
    Bundle& b = bundle().writable().idle();
    fs::path log = temp("log");
    for (const auto& kind : kRuntimeHooks)
        b.hook_sh(kind, note(log, kind));
    // In the container's namespaces: the host's tree is still visible to createContainer, not to
    // startContainer.
    b.hook_sh("createContainer", note(log, "createContainer"));
    b.hook("startContainer", {{"path", "/bin/sh"},
                              {"args", {"sh", "-c", "cat > /hook-state; echo startContainer > /hook-log"}}});
    std::string c = create(b);
    // runc before 1.2 runs poststart at the end of create.
    if (!is_old_runc()) CHECK(lines(log) == "prestart\ncreateRuntime\ncreateContainer\n");
    CHECK_FALSE(fs::exists(b.rootfs() / "hook-log"));
    start(c);
    CHECK(wait_until([&] { return output(c) == "ready\n"; }));
    CHECK(lines(b.rootfs() / "hook-log") == "startContainer\n");
    CHECK(lines(log) == "prestart\ncreateRuntime\ncreateContainer\npoststart\n");
    kill(c);
    wait_exit(c);
    remove(c);
    CHECK(lines(log) == "prestart\ncreateRuntime\ncreateContainer\npoststart\npoststop\n");
}

RUNTIME_TEST("hooks: are told the state of the container", "[hooks]") {
    Bundle& b = bundle().writable().idle();
    b.spec["annotations"] = {{"a", "b"}};
    fs::path log = temp("log");
    for (const auto& kind : kRuntimeHooks)
        b.hook_sh(kind, note(log, kind));
    b.hook_sh("createContainer", note(log, "createContainer"));
    b.hook("startContainer", {{"path", "/bin/sh"}, {"args", {"sh", "-c", "cat > /hook-state"}}});
    std::string c = run_detached(b);
    REQUIRE(wait_until([&] { return output(c) == "ready\n"; }));
    pid_t pid = init_pid(c);
    kill(c);
    wait_exit(c);
    remove(c);
    auto told = [&](const std::string& kind) {
        INFO(kind);
        std::string text = kind == "startContainer" ? read_file(b.rootfs() / "hook-state")
                                                    : read_file(log.string() + "." + kind);
        json state = json::parse(text);
        CHECK(state["id"] == c);
        CHECK(state["bundle"] == b.dir().string());
        CHECK(state["annotations"] == json({{"a", "b"}}));
        CHECK(state.contains("ociVersion"));
        return state;
    };
    for (const char* kind : {"prestart", "createRuntime"}) {
        json state = told(kind);
        CHECK(state["status"] == "creating");
        CHECK(state["pid"] == pid);
    }
    CHECK(told("createContainer")["status"] == "creating");
    CHECK(told("createContainer")["pid"] == 1);
    CHECK(told("startContainer")["status"] == "created");
    CHECK(told("startContainer")["pid"] == 1);
    CHECK(told("poststart")["status"] == (is_old_runc() ? "created" : "running"));
    CHECK(told("poststart")["pid"] == pid);
    CHECK(told("poststop")["status"] == "stopped");
    CHECK_FALSE(told("poststop").contains("pid"));
}

RUNTIME_TEST("hooks: runtime hooks run in the runtime's namespaces, container hooks in the container's",
             "[hooks][namespaces]") {
    Bundle& b = bundle().writable().args({"/probe", "namespaces"});
    fs::path out = temp("ns");
    auto print = [&](const std::string& kind) {
        return "for n in mnt net uts ipc; do readlink /proc/self/ns/$n; done > " + out.string() + "." + kind;
    };
    for (const auto& kind : kRuntimeHooks)
        b.hook_sh(kind, print(kind));
    b.hook_sh("createContainer", print("createContainer"));
    b.hook(
        "startContainer",
        {{"path", "/bin/sh"},
         {"args", {"sh", "-c", "for n in mnt net uts ipc; do /bin/readlink /proc/self/ns/$n; done > /ns"}}});
    Result result = run(b);
    REQUIRE_OK(result);
    json inside = json::parse(result.out)["namespaces"];
    auto join = [](const auto& get) {
        std::string text;
        for (const char* name : {"mnt", "net", "uts", "ipc"})
            text += get(name) + "\n";
        return text;
    };
    std::string container = join([&](const char* name) { return inside[name].template get<std::string>(); });
    std::string host =
        join([](const char* name) { return link_target(std::string("/proc/self/ns/") + name); });
    for (const auto& kind : kRuntimeHooks) {
        INFO(kind);
        CHECK(read_file(out.string() + "." + kind) == host);
    }
    CHECK(read_file(out.string() + ".createContainer") == container);
    CHECK(read_file(b.rootfs() / "ns") == container);
}

RUNTIME_TEST("hooks: several of a kind run in the order of the list", "[hooks]") {
    Bundle& b = bundle().args({"true"});
    fs::path log = temp("log");
    for (int i = 0; i < 5; ++i)
        b.hook_sh("createRuntime", "echo " + std::to_string(i) + " >> " + log.string());
    REQUIRE_OK(run(b));
    CHECK(lines(log) == "0\n1\n2\n3\n4\n");
}

RUNTIME_TEST(
    "hooks: args are argv as given, env is the environment, and without env runtime hooks have the runtime's",
    "[hooks]") {
    Bundle& b = bundle().args({"true"});
    write_file(temp("hook"),
               "#!/bin/sh\necho \"$#:$1:$2\" > " + temp("args").string() + "\nenv | sort > " +
                   temp("env").string() + "\n",
               0755);
    b.hook("createRuntime", {{"path", temp("hook").string()},
                             {"args", {"anything", "two words", ""}},
                             {"env", {"ONLY=this", "PATH=/usr/bin:/bin"}}});
    REQUIRE_OK(run(b));
    CHECK(read_file(temp("args")) == "2:two words:\n");
    CHECK_THAT(read_file(temp("env")), HasText("ONLY=this\n"));
    CHECK(read_file(temp("env")).find("HOME=") == std::string::npos);

    Bundle& other = bundle().args({"true"});
    other.hook("createRuntime", {{"path", temp("hook").string()}});
    Options options;
    options.env = {"OF_THE_CALLER=1"};
    REQUIRE_OK(run(other, {}, options));
    CHECK_THAT(read_file(temp("env")), HasText("OF_THE_CALLER=1\n"));
    CHECK(read_file(temp("args")) == "0::\n");
}

RUNTIME_TEST("hooks: the limits are in force and the mounts are made when createRuntime runs",
             "[hooks][cgroups]") {
    REQUIRES("pids");
    Bundle& b = bundle().args({"true"});
    b.spec["linux"]["resources"]["pids"] = {{"limit", 77}};
    std::string out = temp("out");
    const std::string hierarchy = missing("cgroup-v2").empty() ? "" : "/pids";
    const std::string line = missing("cgroup-v2").empty() ? "^0::" : ":pids:";
    b.hook_sh("createRuntime", "pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); cat /sys/fs/cgroup" +
                                   hierarchy + "$(grep " + line +
                                   " /proc/$pid/cgroup | cut -d: -f3)/pids.max > " + out +
                                   "; grep -c ' /.*/rootfs/proc ' /proc/$pid/mountinfo >> " + out);
    REQUIRE_OK(run(b));
    CHECK(read_file(out) == "77\n1\n");
}

RUNTIME_TEST("hooks: createContainer's mounts stay in the container", "[hooks]") {
    Bundle& b = bundle();
    b.directory("mnt/by-hook");
    b.hook_sh("createContainer", "mount -t tmpfs hooked " + (b.rootfs() / "mnt/by-hook").string());
    CHECK(mount_at(probe(b, {"mounts"})["mounts"], "/mnt/by-hook")["source"] == "hooked");
}

RUNTIME_TEST("hooks: one that fails before the start fails the create and leaves nothing; poststop runs",
             "[hooks][rollback]") {
    for (const char* kind : {"prestart", "createRuntime", "createContainer"}) {
        INFO(kind);
        Bundle& b = bundle().idle();
        fs::path log = temp(std::string("log-") + kind);
        b.hook_sh(kind, "echo first >> " + log.string());
        b.hook_sh(kind, "echo to-out; echo to-err >&2; exit 3");
        b.hook_sh(kind, "echo third >> " + log.string());
        b.hook_sh("poststop", "echo poststop >> " + log.string());
        Result result = try_create(b);
        CHECK_FAILS(
            result, 1,
            std::string("error running ") + (is_old_runc() ? "hook" : kind + std::string(" hook")) + " #1: ");
        CHECK_THAT(plain_errors(result), HasText("exit status 3") && HasText("to-out") && HasText("to-err"));
        CHECK(status(last_id()).empty());
        CHECK(lines(log) == "first\npoststop\n");
    }
}

RUNTIME_TEST("hooks: poststop has nothing to undo when no hook had its turn", "[hooks][rollback]") {
    if (!is_runcxx()) return;  // runc runs it all the same
    const fs::path log = temp("log");
    Bundle& b = bundle().args({"/no/such/program"});
    b.spec["process"]["scheduler"] = {
        {"policy", "SCHED_BATCH"}};  // the runtime has its turn before pivot_root
    b.hook_sh("poststop", "echo poststop >> " + log.string());
    CHECK(try_create(b).exit_code == 1);
    CHECK_FALSE(fs::exists(log));
}

RUNTIME_TEST("hooks: one that is missing is named", "[hooks][errors]") {
    for (const char* kind : {"createRuntime", "createContainer"}) {
        Bundle& b = bundle().idle();
        b.hook(kind, {{"path", "/no/such/hook"}});
        CHECK_FAILS(try_create(b), 1, "/no/such/hook");
        CHECK(status(last_id()).empty());
    }
}

RUNTIME_TEST("hooks: one killed by a signal is reported as such", "[hooks][errors]") {
    Bundle& b = bundle().idle();
    b.hook_sh("createRuntime", "kill -9 $$");
    CHECK_FAILS(try_create(b), 1, "signal: killed");
}

RUNTIME_TEST("hooks: a timeout ends them and fails the create", "[hooks][errors]") {
    Bundle& b = bundle().idle();
    b.hook("createRuntime", {{"path", "/bin/sleep"}, {"args", {"sleep", "100"}}, {"timeout", 1}});
    Result result = try_create(b);
    CHECK_FAILS(result, 1, "hook ran past specified timeout of 1");
    CHECK(result.seconds > 0.9);
    CHECK(result.seconds < 10 * time_scale());
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("hooks: one that kills init fails the create, which says how init ended", "[hooks][errors]") {
    Bundle& b = bundle().idle();
    b.hook_sh("createRuntime", R"sh(kill -9 "$(sed 's/.*"pid": *\([0-9]*\).*/\1/')")sh");
    const Result result = try_create(b);
    CHECK(result.exit_code != 0);
    if (is_runcxx())
        CHECK_THAT(plain_errors(result),
                   HasText("init ended: signal: killed while setting up the container"));
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("hooks: a failing startContainer hook ends init, start has succeeded already", "[hooks]") {
    Bundle& b = bundle().idle();
    b.hook("startContainer", {{"path", "/bin/false"}});
    std::string c = create(b);
    REQUIRE_OK(call({"start", c}));
    CHECK(wait_exit(c) == (is_old_runc() ? 1 : 255));
    CHECK(output(c).empty());
    if (!is_old_runc()) CHECK_THAT(errors(c), HasText("error running startContainer hook #0"));
    CHECK(status(c) == "stopped");
}

RUNTIME_TEST("hooks: a failing poststart hook fails start and kills the container", "[hooks]") {
    REQUIRES("poststart-in-start");
    Bundle& b = bundle().idle();
    b.hook_sh("poststart", "exit 1");
    std::string c = create(b);
    CHECK_FAILS(call({"start", c}), 1, "error running poststart hook #0");
    CHECK(wait_exit(c) == 137);
}

RUNTIME_TEST("hooks: a failing poststop hook fails delete, with everything removed, and is a warning of run",
             "[hooks]") {
    if (is_old_runc()) return;  // 1.1 logs a warning in both cases
    Bundle& b = bundle().idle();
    b.hook_sh("poststop", "exit 1");
    std::string c = create(b);
    CHECK_FAILS(call({"delete", c}), 1, "error running poststop hook #0");
    CHECK(status(c).empty());
    CHECK_FALSE(fs::exists(state_root() / c));
    b.args({"true"});
    Result result = run(b);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.err, HasText("poststop"));
}

RUNTIME_TEST("hooks: see no descriptor of the runtime", "[hooks][fds][security]") {
    Bundle& b = bundle().writable().args({"true"});
    std::string out = temp("fds");
    b.hook_sh("createRuntime", "exec ls -l /proc/self/fd > " + out);
    b.hook_sh("createContainer", "exec ls -l /proc/self/fd > " + out + "2");
    REQUIRE_OK(run(b));
    if (is_old_runc()) return;
    for (const auto& name : {out, out + "2"}) {
        std::string text = read_file(name);
        INFO(text);
        // "total 0", 0, 1, 2, and the directory that ls reads.
        CHECK(std::count(text.begin(), text.end(), '\n') == 5);
    }
}

RUNTIME_TEST("hooks: a hook that leaves a child behind does not keep the runtime", "[hooks]") {
    if (is_old_runc()) return;  // waits for the end of the hook's output
    expect_orphans();
    Bundle& b = bundle().args({"true"});
    b.hook_sh("createRuntime",
              "sleep 100 >/dev/null 2>&1 </dev/null & echo $! >" + temp("child").string() + "; exit 0");
    REQUIRE_OK(run(b));
    CHECK(::kill(std::stoi(read_file(temp("child"))), SIGKILL) == 0);  // it has outlived the runtime
    CHECK(wait_until([&] {
        reap();
        return HostSnapshot::take().children.empty();
    }));
}
