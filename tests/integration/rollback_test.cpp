// SPDX-License-Identifier: Apache-2.0
// Failures at every stage, and death of the runtime at any instant, leave nothing (the fixture compares the host), or
// what `delete --force` removes.
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

int count_from(const char* variable, int otherwise) {
    const char* text = getenv(variable);
    return text && *text ? atoi(text) : otherwise;
}

}  // namespace

RUNTIME_TEST("rollback: a failure in any step of create leaves no trace and the id free",
             "[rollback][root]") {
    struct {
        const char* step;
        std::function<void(Bundle&)> spoil;
    } const failures[] = {
        {"mount",
         [](Bundle& b) {
             b.mount(
                 {{"destination", "/x"}, {"type", "bind"}, {"source", "/no/such"}, {"options", {"bind"}}});
         }},
        {"file system type",
         [](Bundle& b) {
             b.mount({{"destination", "/x"}, {"type", "nofs"}, {"source", "x"}});
         }},
        {"program", [](Bundle& b) { b.args({"/no/such/program"}); }},
        {"prestart hook", [](Bundle& b) { b.hook_sh("prestart", "exit 1"); }},
        {"createRuntime hook", [](Bundle& b) { b.hook_sh("createRuntime", "exit 1"); }},
        {"createContainer hook", [](Bundle& b) { b.hook_sh("createContainer", "exit 1"); }},
        {"sysctl",
         [](Bundle& b) {
             b.spec["linux"]["sysctl"] = {{"net.ipv4.nonsense", "1"}};
         }},
        {"cpuset",
         [](Bundle& b) {
             b.spec["linux"]["resources"]["cpu"] = {{"cpus", "9999"}};
         }},
        {"rlimit",
         [](Bundle& b) {
             b.spec["process"]["rlimits"] =
                 json::array({{{"type", "RLIMIT_NOFILE"}, {"soft", 1ULL << 40}, {"hard", 1ULL << 40}}});
         }},
        {"cwd", [](Bundle& b) { b.spec["process"]["cwd"] = "/etc/passwd/x"; }},
        {"user mapping",
         [](Bundle& b) {
             b.user_namespace(100000, 10);
             b.spec["process"]["user"]["uid"] = 11;
         }},
        {"root", [](Bundle& b) { b.spec["root"]["path"] = "nowhere"; }},
    };
    for (const auto& failure : failures) {
        INFO(failure.step);
        Bundle& b = bundle().idle();
        failure.spoil(b);
        b.save();
        std::string c = id();
        for (const char* verb : {"create", "run"}) {
            Result result = call({verb, "--bundle", b.dir(), c});
            INFO(describe(result));
            CHECK(result.exit_code == 1);
            CHECK_FALSE(result.err.empty());
            CHECK_FALSE(fs::exists(state_root() / c));
        }
        for (const auto& dir : HostSnapshot::take().cgroups)
            CHECK_FALSE(dir.ends_with("/" + c));
        if (!is_runcxx()) reap();
        CHECK(HostSnapshot::take().children.empty());
    }
}

RUNTIME_TEST("rollback: after a failed create the same id works", "[rollback]") {
    Bundle& bad = bundle().args({"/no/such/program"});
    Bundle& good = bundle().sh("echo fine");
    bad.save();
    good.save();
    std::string c = id();
    CHECK(call({"run", "--bundle", bad.dir(), c}).exit_code == 1);
    Result result = call({"run", "--bundle", good.dir(), c});
    REQUIRE_OK(result);
    CHECK(result.out == "fine\n");
}

RUNTIME_TEST("rollback: a signal to the runtime during create undoes what was done", "[rollback]") {
    REQUIRES("signal-rollback");
    Bundle& b = bundle().idle();
    // No child of the shell: one that is not yet reaped would come to us.
    b.hook_sh("createRuntime", ": > " + temp("reached").string() + "; exec sleep 100");
    b.save();
    std::string c = id();
    Process running = runtime().spawn({"create", "--bundle", b.dir(), c});
    REQUIRE(wait_until([&] { return fs::exists(temp("reached")); }));
    running.signal(SIGTERM);
    Result result = running.wait();
    CHECK(result.exit_code != 0);
    CHECK_FALSE(result.timed_out);
    CHECK_FALSE(fs::exists(state_root() / c));
    CHECK(wait_until([&] { return HostSnapshot::take().children.empty(); }));
}

RUNTIME_TEST("rollback: when init is killed during create, create fails at once and says so", "[rollback]") {
    Bundle& b = bundle().idle();
    b.hook_sh("createRuntime", "pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); kill -9 $pid; exit 0");
    Result result = try_create(b);
    INFO(describe(result));
    CHECK(result.exit_code == 1);
    CHECK(result.seconds < 5 * time_scale());
    CHECK_FALSE(result.err.empty());
    if (is_runcxx()) CHECK(result.err.find("EOF") == std::string::npos);
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("rollback: when the stopped init is killed, start fails at once", "[rollback][start]") {
    std::string c = create(bundle().idle());
    const pid_t init = init_pid(c);
    ::kill(init, SIGSTOP);
    // On a busy machine it may else take the byte of start before it stops.
    REQUIRE(wait_until([&] {
        return read_file("/proc/" + std::to_string(init) + "/status").find("State:\tT") != std::string::npos;
    }));
    Process starting = runtime().spawn({"start", c});
    pause_for(0.1);
    ::kill(init, SIGKILL);
    Result result = starting.wait();
    INFO(describe(result));
    CHECK_FALSE(result.timed_out);
    CHECK(result.exit_code == 1);
    CHECK(result.seconds < 5 * time_scale());
}

RUNTIME_TEST("rollback: a createContainer hook ends with the runtime", "[rollback][hooks]") {
    REQUIRES("intent-record");
    expect_orphans();
    Bundle& b = bundle().idle();
    const fs::path reached = temp("reached");
    b.hook_sh("createContainer", ": > " + reached.string() + "; exec sleep 100");
    b.save();
    std::string c = id();
    Process running = runtime().spawn({"create", "--bundle", b.dir(), c});
    REQUIRE(wait_until([&] { return fs::exists(reached); }));
    running.signal(SIGKILL);
    running.wait();
    CHECK(wait_until([&] {
        reap();
        return HostSnapshot::take().children.empty();
    }));
    REQUIRE_OK(call({"delete", "--force", c}));
}

RUNTIME_TEST("rollback: what keeps init's program from running is the error", "[rollback][errors]") {
    if (!is_runcxx()) return;
    Options options;
    options.in_child = [] { forbid_call(SYS_execveat, EACCES); };
    CHECK_FAILS(try_create(bundle().idle(), {}, options), 1, "spawn runcxx: permission denied");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST(
    "rollback: killed with SIGKILL inside a hook, the container is never called stopped and delete -f "
    "removes it all",
    "[rollback][cgroups][intent-record]") {
    REQUIRES("intent-record");
    expect_orphans();
    for (const char* kind : {"createRuntime", "createContainer"}) {
        INFO(kind);
        Bundle& b = bundle().idle();
        fs::path reached = temp(std::string("reached-") + kind);
        std::string name = reached.string();
        b.hook_sh(kind, "echo $$ > " + name + ".new; mv " + name + ".new " + name + "; exec sleep 100");
        b.save();
        std::string c = id();
        Process running = runtime().spawn({"create", "--bundle", b.dir(), c});
        REQUIRE(wait_until([&] { return fs::exists(reached); }));
        CHECK(status(c) == "creating");
        running.signal(SIGKILL);
        running.wait();
        // A hook in the runtime's namespaces is a host process of its own and no part of the container.
        if (std::string(kind) == "createRuntime") ::kill(atoi(read_file(reached).c_str()), SIGKILL);
        CHECK(status(c) != "stopped");
        CHECK_FALSE(call({"create", "--bundle", b.dir(), c}).ok());
        REQUIRE_OK(call({"delete", "--force", c}));
        CHECK_FALSE(fs::exists(state_root() / c));
        CHECK(wait_until([&] {
            reap();
            return HostSnapshot::take().children.empty();
        }));
        for (const auto& dir : HostSnapshot::take().cgroups)
            CHECK_FALSE(dir.ends_with("/" + c));
        b.spec.erase("hooks");
        b.save();
        REQUIRE_OK(call({"create", "--bundle", b.dir(), c}));
        CHECK(status(c) == "created");
        REQUIRE_OK(call({"delete", "--force", c}));
    }
}

// The count is RANDOM_KILLS (default 300), the seed RANDOM_SEED (printed with a failure).
RUNTIME_TEST("rollback: killed at random moments of create and run, delete -f always restores the host",
             "[rollback][slow]") {
    REQUIRES("random-kill");
    expect_orphans();
    unsigned seed =
        static_cast<unsigned>(count_from("RANDOM_SEED", static_cast<int>(time(nullptr) & 0xffff)));
    std::mt19937 random(seed);
    INFO("RANDOM_SEED=" << seed);
    Bundle& b = bundle().idle();
    b.save();
    // How long an undisturbed create takes decides where the kills fall.
    std::string first = id();
    Result whole = call({"create", "--bundle", b.dir(), first});
    REQUIRE_OK(whole);
    REQUIRE_OK(call({"delete", "--force", first}));
    HostSnapshot clean;
    wait_until([&] {
        reap();
        clean = HostSnapshot::take();
        return clean.children.empty();
    });
    std::uniform_real_distribution<double> moment(0, whole.seconds * 1.2);
    int count = count_from("RANDOM_KILLS", 300), survived = 0;
    std::map<std::string, int> seen;
    for (int round = 0; round < count; ++round) {
        std::string verb = round % 2 ? "run" : "create";
        std::string c = first + "r" + std::to_string(round);
        double delay = moment(random);
        INFO("round " << round << ": " << verb << " killed after " << delay << " s");
        Result result = [&] {
            Process running = runtime().spawn({verb, "--bundle", b.dir(), c});
            std::this_thread::sleep_for(std::chrono::duration<double>(delay));
            running.signal(SIGKILL);
            return running.wait();
        }();
        survived += result.exit_code == 0;
        std::string now = status(c);
        ++seen[now];
        // A half-made container is creating, or not there; it is stopped only if it was complete and its init has died.
        if (now == "stopped") CHECK(fs::exists(state_root() / c / "state.json"));
        CHECK((now.empty() || now == "creating" || now == "created" || now == "running" || now == "stopped"));
        Result deleted = call({"delete", "--force", c});
        INFO(describe(deleted));
        CHECK(deleted.exit_code == 0);
        CHECK_FALSE(fs::exists(state_root() / c));
        bool restored = wait_until(
            [&] {
                reap();
                return HostSnapshot::take().changes_since(clean).empty();
            },
            3);
        if (!restored) {
            std::string text;
            for (const auto& change : HostSnapshot::take().changes_since(clean))
                text += change + "\n";
            FAIL("not restored:\n" + text);
        }
    }
    std::string text;
    for (const auto& [name, number] : seen)
        text += (name.empty() ? "absent" : name) + " " + std::to_string(number) + ", ";
    WARN(text << "of " << count << " (" << survived << " had finished)");
}

RUNTIME_TEST("rollback: a hook does not outlive the runtime that is killed while it runs",
             "[rollback][hooks]") {
    REQUIRES("intent-record");
    expect_orphans();
    Bundle& b =
        bundle().idle().hook_sh("createRuntime", "echo $$ > " + temp("pid").string() + "; exec sleep 1000");
    b.save();
    std::string c = id();
    Process running = runtime().spawn({"create", "--bundle", b.dir(), c});
    REQUIRE(wait_until([&] { return fs::exists(temp("pid")) && !read_file(temp("pid")).empty(); }));
    pid_t hook = std::stoi(read_file(temp("pid")));
    running.signal(SIGKILL);
    running.wait();
    CHECK(wait_until([&] {
        reap();
        return ::kill(hook, 0) != 0;
    }));
    CHECK(call({"delete", "--force", c}).exit_code == 0);
}

RUNTIME_TEST("state: polled during create only creating, created and does-not-exist are seen",
             "[rollback][state]") {
    REQUIRES("intent-record");
    Bundle& b = bundle().idle();
    b.save();
    for (int round = count_from("POLLED_CREATES", 20); round > 0; --round) {
        std::string c = id();
        fs::path pid_file = temp(c + ".pid");
        Process running = runtime().spawn({"create", "--bundle", b.dir(), "--pid-file", pid_file, c});
        while (running.running()) {
            std::string now = status(c);
            INFO(now);
            CHECK((now.empty() || now == "creating" || now == "created"));
        }
        CHECK(running.wait().exit_code == 0);
        REQUIRE_OK(call({"delete", "--force", c}));
    }
    expect_orphans();
}
