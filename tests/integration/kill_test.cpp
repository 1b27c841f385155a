// SPDX-License-Identifier: Apache-2.0
// kill: which signals and states it takes, and whom it reaches: init, all processes, or several containers.
#include <signal.h>

#include <filesystem>

#include "support/sandbox.h"
#include "support/shared_pids.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

json change_state(Sandbox& sandbox, const std::string& id, const json& patch) {
    const auto file = sandbox.state_root() / id / "state.json";
    json state = json::parse(read_file(file));
    const json before = state;
    state.merge_patch(patch);
    write_file(file, state.dump());
    return before;
}

}  // namespace

RUNTIME_TEST("kill: takes names with and without SIG in any case, and numbers", "[lifecycle][kill]") {
    std::string c = run_detached(bundle().idle());
    REQUIRE(wait_until([&] { return output(c) == "ready\n"; }));
    kill(c, "SIGUSR1");
    kill(c, "hup");
    kill(c, "SigInt");
    kill(c, "3");
    CHECK(wait_until([&] { return output(c).find("got 3") != std::string::npos; }));
    for (const char* line : {"got 10\n", "got 1\n", "got 2\n", "got 3\n"})
        CHECK_THAT(output(c), HasText(line));
    REQUIRE_OK(call({"kill", c}));
    CHECK(wait_exit(c) == 0);
    CHECK_THAT(output(c), HasText("got 15\n"));
}

RUNTIME_TEST("kill: an unknown signal is named, after the container was found", "[lifecycle][kill]") {
    std::string c = run_detached(bundle().idle());
    CHECK_FAILS(call({"kill", c, "FOO"}), 1, "unknown signal \"FOO\"");
    CHECK_FAILS(call({"kill", "nosuch", "FOO"}), 1, "container does not exist");
}

RUNTIME_TEST("kill: a created container can be killed", "[lifecycle][kill]") {
    std::string c = create(bundle().idle());
    kill(c);
    CHECK(wait_exit(c) == 137);
    CHECK(status(c) == "stopped");
}

RUNTIME_TEST("kill: a stopped container is an error that callers recognise, and --all makes it success",
             "[lifecycle][kill]") {
    std::string c = run_detached(bundle().idle());
    kill(c);
    wait_exit(c);
    CHECK_FAILS(call({"kill", c, "KILL"}), 1, "container not running");
    CHECK(call({"kill", "--all", c, "KILL"}).exit_code == 0);
    CHECK(call({"kill", "-a", c, "9"}).exit_code == 0);
}

RUNTIME_TEST("kill: SIGKILL reaches every process of a container that shares the host's pid namespace",
             "[lifecycle][kill][cgroups]") {
    expect_orphans();
    Bundle& b = bundle().share_host_pids().sh("sleep 1000 & sleep 1000 & echo started; wait");
    std::string c = run_detached(b);
    REQUIRE(wait_until([&] { return output(c) == "started\n"; }));
    // runc before 1.2 kills only init unless told --all.
    if (is_old_runc())
        REQUIRE_OK(call({"kill", "--all", c, "KILL"}));
    else
        kill(c);
    CHECK(wait_until([&] {
        reap();
        for (const auto& child : HostSnapshot::take().children)
            if (child.find("(sleep)") != std::string::npos || child.find("(busybox)") != std::string::npos)
                return false;
        return true;
    }));
    CHECK(wait_until([&] { return status(c) == "stopped"; }));
    remove(c);
}

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
