// SPDX-License-Identifier: Apache-2.0
// kill and delete of more than one process and of more than one container, and of processes that do not end.
#include <signal.h>

#include <filesystem>

#include "support/sandbox.h"
#include "support/stuck_file.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

// In the host's pid namespace, with this many children.
std::string run_sharing_pids(Sandbox& sandbox, int children) {
    sandbox.expect_orphans();
    Bundle& b = sandbox.bundle().share_host_pids();
    b.sh("i=0; while [ $i -lt " + std::to_string(children) +
         " ]; do sleep 1000 & i=$((i+1)); done; echo started; wait");
    std::string c = sandbox.run_detached(b);
    REQUIRE(wait_until([&] { return sandbox.output(c) == "started\n"; }));
    return c;
}

// Its children are ours from then on, as they would be the host's init's.
void end_init(Sandbox& sandbox, const std::string& id) {
    ::kill(sandbox.init_pid(id), SIGKILL);
    REQUIRE(wait_until([&] {
        sandbox.reap();
        return sandbox.status(id) == "stopped";
    }));
}

bool all_have_ended(Sandbox& sandbox) {
    return wait_until([&] {
        sandbox.reap();
        return HostSnapshot::take().children.empty();
    });
}

json change_state(Sandbox& sandbox, const std::string& id, const json& patch) {
    const auto file = sandbox.state_root() / id / "state.json";
    json state = json::parse(read_file(file));
    const json before = state;
    state.merge_patch(patch);
    write_file(file, state.dump());
    return before;
}

}  // namespace

RUNTIME_TEST(
    "kill --all: ends what is left of a container that shares the host's pid namespace when init is dead",
    "[kill][cgroups]") {
    std::string c = run_sharing_pids(*this, 3);
    end_init(*this, c);
    // What containerd's shim sends when init has ended.
    REQUIRE_OK(call({"kill", "--all", c, "9"}));
    CHECK(all_have_ended(*this));
    REQUIRE_OK(call({"kill", "--all", c, "9"}));
    REQUIRE_OK(call({"delete", c}));
}

RUNTIME_TEST("kill: with a shared pid namespace other signals than SIGKILL reach init alone",
             "[kill][cgroups]") {
    expect_orphans();
    Bundle& b = bundle().share_host_pids();
    b.sh("sleep 1000 & trap 'echo got it' USR1; echo started; while :; do wait; sleep 0.01; done");
    std::string c = run_detached(b);
    REQUIRE(wait_until([&] { return output(c) == "started\n"; }));
    REQUIRE_OK(call({"kill", c, "USR1"}));
    CHECK(wait_until([&] { return output(c) == "started\ngot it\n"; }));
    // SIGUSR1 would have ended it.
    const auto pids = json::parse(call({"ps", "--format", "json", c}).out);
    CHECK(pids.size() >= 2);
    REQUIRE_OK(call({"delete", "--force", c}));
}

RUNTIME_TEST("delete --force: ends many processes that outlived init of a shared pid namespace at once",
             "[delete][cgroups]") {
    std::string c = run_sharing_pids(*this, 300);
    end_init(*this, c);
    Result result = call({"delete", "--force", c});
    REQUIRE_OK(result);
    CHECK(result.seconds < 1 * time_scale());
    CHECK(all_have_ended(*this));
}

RUNTIME_TEST("delete --force: names what does not end on SIGKILL, and succeeds when that has ended",
             "[delete][slow][root]") {
    REQUIRES("fuse");
    REQUIRES("names-survivors");
    fs::create_directory(temp("stuck"));
    StuckFile stuck(temp("stuck"));
    Bundle& b = bundle().sh("cat /stuck/file");
    b.mount({{"destination", "/stuck"},
             {"source", temp("stuck").string()},
             {"type", "bind"},
             {"options", {"bind"}}});
    std::string c = run_detached(b);
    stuck.wait_for_reader();
    Result result = call({"delete", "--force", c});
    CHECK(result.exit_code == 1);
    CHECK(result.seconds < 11 * time_scale());
    CHECK_THAT(plain_errors(result), HasText("container init still running: "));
    CHECK_THAT(plain_errors(result), HasText(" cat (D, request_wait_answer)"));
    CHECK(status(c) != "");
    stuck.release();
    REQUIRE_OK(call({"delete", "--force", c}));
    CHECK(wait_exit(c) == 137);
}

RUNTIME_TEST(
    "kill and delete: leave the processes alone that use the cgroup path of a container of another boot",
    "[kill][delete]") {
    REQUIRES("boot-id");
    std::string old = run_detached(bundle().idle());
    const json before = change_state(*this, old, {{"boot_id", "00000000-0000-0000-0000-000000000000"}});
    CHECK(status(old) == "stopped");
    CHECK_FAILS(call({"kill", old, "KILL"}), 1, "container not running");
    REQUIRE_OK(call({"kill", "--all", old, "KILL"}));
    CHECK(call({"ps", "--format", "json", old}).out == "null\n");
    CHECK_FAILS(call({"pause", old}), 1, "container not running");
    CHECK(::kill(init_pid(old), 0) == 0);
    REQUIRE_OK(call({"delete", "--force", old}));
    CHECK_FALSE(fs::exists(state_root() / old));
    CHECK(::kill(init_pid(old), 0) == 0);
    for (const auto& path : before.value("cgroup_paths", json::object()))
        CHECK(fs::exists(path.get<std::string>()));
    // Put back, it is this boot's again.
    fs::create_directory(state_root() / old);
    write_file(state_root() / old / "state.json", before.dump());
    REQUIRE_OK(call({"delete", "--force", old}));
    CHECK(wait_exit(old) == 137);
}

// ---- --regex

RUNTIME_TEST("kill --regex: signals every container whose id matches, and passes over those that do not run",
             "[kill][regex]") {
    REQUIRES("regex");
    Bundle& b = bundle().idle();
    std::string first = run_detached(b), second = run_detached(b), stopped = run_detached(b),
                other = run_detached(b);
    for (const auto& c : {first, second, stopped, other})
        REQUIRE(wait_until([&] { return output(c) == "ready\n"; }));
    kill(stopped);
    wait_exit(stopped);
    const auto regex = "^(" + first + "|" + second + "|" + stopped + ")$";
    for (const char* flag : {"--regex", "-r"}) {
        Result result = call({"kill", flag, regex, "USR1"});
        REQUIRE_OK(result);
        CHECK(result.err.empty());
        CHECK(result.out.empty());
    }
    for (const auto& c : {first, second})
        CHECK(wait_until([&] { return output(c) == "ready\ngot 10\ngot 10\n"; }));
    CHECK(output(other) == "ready\n");
    // SIGTERM is still the default.
    REQUIRE_OK(call({"kill", "--regex", regex}));
    CHECK(wait_exit(first) == 0);
    CHECK(wait_exit(second) == 0);
    CHECK(status(other) == "running");
    // Without the option it is an id, and not a legal one.
    CHECK_FAILS(call({"kill", regex}), 1, "invalid container ID format");
}

RUNTIME_TEST("kill --regex: a wrong expression and a wrong signal are errors, no match is none",
             "[kill][regex]") {
    REQUIRES("regex");
    CHECK_FAILS(call({"kill", "--regex", "a("}), 1, "invalid regular expression \"a(\": ");
    CHECK_FAILS(call({"kill", "--regex", ".", "FOO"}), 1, "unknown signal \"FOO\"");
    REQUIRE_OK(call({"kill", "--regex", "."}));
}

RUNTIME_TEST("kill: what would end a program ends a container that waits for its start, though init is pid 1",
             "[kill]") {
    for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
        INFO(number);
        std::string c = create(bundle().idle());
        REQUIRE_OK(call({"kill", c, std::to_string(number)}));
        CHECK(wait_exit(c) == (runtime_identity().kind == RuntimeKind::Runc ? 2 : 128 + number));
        CHECK(status(c) == "stopped");
    }
}

RUNTIME_TEST("delete --regex: deletes every container whose id matches, says which it could not, and goes on",
             "[delete][regex]") {
    REQUIRES("regex");
    Bundle& b = bundle().idle();
    std::string created = create(b), running = run_detached(b), stopped = run_detached(b), other = create(b);
    kill(stopped);
    wait_exit(stopped);
    const auto regex = created + "$|" + running + "$|" + stopped + "$";
    Result result = call({"delete", "--regex", regex});
    CHECK(result.exit_code == 1);
    CHECK_THAT(plain_errors(result), HasText("delete " + running + ": cannot delete container " + running +
                                             " that is not stopped: running"));
    CHECK_THAT(plain_errors(result), HasText("cannot delete 1 of 3 matching containers: " + running));
    CHECK(status(created).empty());
    CHECK(status(stopped).empty());
    CHECK(status(running) == "running");
    REQUIRE_OK(call({"delete", "--force", "-r", regex}));
    CHECK(status(running).empty());
    CHECK(status(other) == "created");
}
