// SPDX-License-Identifier: Apache-2.0
// pause and resume: what they freeze, which state they accept, and what is left when they cannot finish.
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>

#include "support/sandbox.h"
#include "support/stuck_file.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

// Writes a line every 10 ms.
const char* const kCounting = "while :; do echo tick; sleep 0.01; done";

bool grows(Sandbox& sandbox, const std::string& id) {
    const auto before = sandbox.output(id).size();
    return wait_until([&] { return sandbox.output(id).size() > before; }, 2);
}

bool stands_still(Sandbox& sandbox, const std::string& id) {
    const auto before = sandbox.output(id).size();
    return !wait_until([&] { return sandbox.output(id).size() > before; }, 0.2);
}

// The directory in which the kernel freezes a container, on v1 and on v2, or a file in it.
fs::path freezer(Sandbox& sandbox, const std::string& id, const std::string& file = "") {
    const auto paths = json::parse(read_file(sandbox.state_root() / id / "state.json"))["cgroup_paths"];
    const auto key = paths.contains("freezer") ? "freezer" : "";
    return fs::path(paths[key].get<std::string>()) / file;
}

bool is_v1(Sandbox& sandbox, const std::string& id) {
    return fs::exists(freezer(sandbox, id, "freezer.state"));
}

void freeze(const fs::path& directory, bool frozen = true) {
    if (fs::exists(directory / "freezer.state"))
        write_file(directory / "freezer.state", frozen ? "FROZEN" : "THAWED");
    else
        write_file(directory / "cgroup.freeze", frozen ? "1" : "0");
}

bool is_asked_to_freeze(Sandbox& sandbox, const std::string& id) {
    const auto* file = is_v1(sandbox, id) ? "freezer.self_freezing" : "cgroup.freeze";
    return trimmed(read_file(freezer(sandbox, id, file))) == "1";
}

// A process in a cgroup of its own below the container's, which is frozen as if the container had done it.
pid_t frozen_below(Sandbox& sandbox, const std::string& id) {
    const auto directory = freezer(sandbox, id) / "below";
    fs::create_directory(directory);
    const auto init = std::to_string(sandbox.init_pid(id));
    const pid_t child = std::stoi(read_file("/proc/" + init + "/task/" + init + "/children"));
    write_file(directory / "cgroup.procs", std::to_string(child));
    freeze(directory);
    return child;
}

}  // namespace

RUNTIME_TEST("pause: no process of the container runs until resume", "[pause]") {
    std::string c = run_detached(bundle().sh(kCounting));
    REQUIRE(grows(*this, c));
    Result paused = call({"pause", c});
    REQUIRE_OK(paused);
    CHECK(paused.out.empty());
    CHECK(paused.err.empty());
    CHECK(status(c) == "paused");
    CHECK(state(c)["pid"] == init_pid(c));
    CHECK(stands_still(*this, c));

    Result resumed = call({"resume", c});
    REQUIRE_OK(resumed);
    CHECK(resumed.out.empty());
    CHECK(resumed.err.empty());
    CHECK(status(c) == "running");
    CHECK(grows(*this, c));
}

RUNTIME_TEST("pause: a created container can be paused and is created again afterwards", "[pause]") {
    std::string c = create(bundle().idle());
    REQUIRE_OK(call({"pause", c}));
    CHECK(status(c) == "paused");
    CHECK_FAILS(call({"start", c}), 1, "cannot start a container in the paused state");
    REQUIRE_OK(call({"resume", c}));
    CHECK(status(c) == "created");
    start(c);
    CHECK(wait_until([&] { return output(c) == "ready\n"; }));
}

RUNTIME_TEST("pause: what is paused or stopped already is not running, and resume takes only what is paused",
             "[pause]") {
    std::string c = run_detached(bundle().idle());
    CHECK_FAILS(call({"resume", c}), 1, "container not paused");
    REQUIRE_OK(call({"pause", c}));
    CHECK_FAILS(call({"pause", c}), 1, "container not running");
    CHECK(status(c) == "paused");
    REQUIRE_OK(call({"resume", c}));
    kill(c);
    CHECK(wait_exit(c) == 137);
    CHECK_FAILS(call({"pause", c}), 1, "container not running");
    CHECK_FAILS(call({"resume", c}), 1, "container not paused");
    CHECK_FAILS(call({"pause", "nosuch"}), 1, "container does not exist");
    CHECK_FAILS(call({"resume", "nosuch"}), 1, "container does not exist");
}

RUNTIME_TEST("pause: a paused container takes signals when it is resumed, and SIGKILL at once",
             "[pause][kill]") {
    std::string c = run_detached(bundle().idle());
    REQUIRE(wait_until([&] { return output(c) == "ready\n"; }));
    REQUIRE_OK(call({"pause", c}));
    REQUIRE_OK(call({"kill", c, "USR1"}));
    CHECK(stands_still(*this, c));
    CHECK(status(c) == "paused");
    REQUIRE_OK(call({"resume", c}));
    CHECK(wait_until([&] { return output(c).find("got 10") != std::string::npos; }));

    REQUIRE_OK(call({"pause", c}));
    REQUIRE_OK(call({"kill", c, "KILL"}));
    CHECK(wait_exit(c) == 137);
    CHECK(status(c) == "stopped");
    remove(c);
}

RUNTIME_TEST("delete: a paused container needs --force", "[pause][delete]") {
    std::string c = run_detached(bundle().idle());
    REQUIRE_OK(call({"pause", c}));
    CHECK_FAILS(call({"delete", c}), 1, "cannot delete container " + c + " that is not stopped: paused");
    CHECK(status(c) == "paused");
    Result result = call({"delete", "--force", c});
    REQUIRE_OK(result);
    CHECK(result.seconds < 1 * time_scale());
    CHECK(wait_exit(c) == 137);
}

RUNTIME_TEST("resume: what the container froze in a cgroup below stays frozen", "[pause]") {
    std::string c = run_detached(bundle().sh("sleep 1000 & " + std::string(kCounting)));
    REQUIRE(grows(*this, c));
    frozen_below(*this, c);
    REQUIRE_OK(call({"pause", c}));
    REQUIRE_OK(call({"resume", c}));
    CHECK(grows(*this, c));
    const auto* file = is_v1(*this, c) ? "freezer.self_freezing" : "cgroup.freeze";
    CHECK(trimmed(read_file(freezer(*this, c) / "below" / file)) == "1");
    freeze(freezer(*this, c) / "below", false);
}

RUNTIME_TEST("kill and delete --force: processes frozen in a cgroup below end too", "[pause][kill][delete]") {
    REQUIRES("thaws-below");
    for (const bool is_kill : {true, false}) {
        INFO((is_kill ? "kill" : "delete --force"));
        std::string c = run_detached(bundle().sh("sleep 1000 & echo ready; wait"));
        REQUIRE(wait_until([&] { return output(c) == "ready\n"; }));
        const auto frozen = frozen_below(*this, c);
        if (is_kill) {
            REQUIRE_OK(call({"kill", c, "KILL"}));
            // Init cannot end before the rest of its pid namespace has.
            CHECK(wait_exit(c, 2) == 137);
        } else {
            Result result = call({"delete", "--force", c});
            REQUIRE_OK(result);
            CHECK(result.seconds < 1 * time_scale());
        }
        CHECK(wait_until([&] { return ::kill(frozen, 0) != 0; }, 2));
    }
}

namespace {

// A container that counts, with a process that neither ends nor can be frozen until the file is released.
std::string run_stuck(Sandbox& sandbox, Bundle& bundle, StuckFile& stuck, const fs::path& directory) {
    bundle.sh("cat /stuck/file & " + std::string(kCounting));
    bundle.mount(
        {{"destination", "/stuck"}, {"source", directory.string()}, {"type", "bind"}, {"options", {"bind"}}});
    std::string c = sandbox.run_detached(bundle);
    REQUIRE(grows(sandbox, c));
    stuck.wait_for_reader();
    const auto init = std::to_string(sandbox.init_pid(c));
    const pid_t reader = std::stoi(read_file("/proc/" + init + "/task/" + init + "/children"));
    ::kill(reader, SIGKILL);
    REQUIRE(wait_until([&] {
        return read_file("/proc/" + std::to_string(reader) + "/stat").find("(cat) D ") != std::string::npos;
    }));
    return c;
}

}  // namespace

RUNTIME_TEST("pause: interrupted by a signal, it lets the container run on", "[pause][stuck][root]") {
    REQUIRES("fuse");
    REQUIRES("undoes-pause");
    fs::create_directory(temp("stuck"));
    StuckFile stuck(temp("stuck"));
    std::string c = run_stuck(*this, bundle(), stuck, temp("stuck"));
    Process pausing = runtime().spawn({"pause", c});
    REQUIRE(wait_until([&] { return is_asked_to_freeze(*this, c); }));
    pausing.signal(SIGTERM);
    CHECK_FAILS(pausing.wait(), 1, "interrupted by signal 15");
    CHECK(status(c) == "running");
    CHECK(grows(*this, c));
}

RUNTIME_TEST("pause: killed by SIGKILL, it leaves what resume, kill and delete --force can handle",
             "[pause][stuck][root]") {
    REQUIRES("fuse");
    REQUIRES("killed-pause");
    fs::create_directory(temp("stuck"));
    for (const char* next : {"resume", "kill", "delete"}) {
        INFO(next);
        StuckFile stuck(temp("stuck"));
        std::string c = run_stuck(*this, bundle(), stuck, temp("stuck"));
        // On v1 a freeze that takes long lets go from time to time.
        for (int tries = 0; tries < 20 && status(c) != "paused"; ++tries) {
            Process pausing = runtime().spawn({"pause", c});
            REQUIRE(wait_until([&] { return is_asked_to_freeze(*this, c); }));
            pausing.signal(SIGKILL);
            pausing.wait();
        }
        REQUIRE(status(c) == "paused");
        if (next == std::string("resume")) {
            REQUIRE_OK(call({"resume", c}));
            CHECK(status(c) == "running");
            CHECK(grows(*this, c));
        }
        stuck.release();
        if (next == std::string("delete"))
            REQUIRE_OK(call({"delete", "--force", c}));
        else
            REQUIRE_OK(call({"kill", c, "KILL"}));
        CHECK(wait_exit(c, 2) == 137);
    }
}

RUNTIME_TEST("pause: what cannot be frozen for ten seconds is named, and the container runs on",
             "[pause][stuck][root][slow]") {
    REQUIRES("fuse");
    REQUIRES("undoes-pause");
    fs::create_directory(temp("stuck"));
    StuckFile stuck(temp("stuck"));
    std::string c = run_stuck(*this, bundle(), stuck, temp("stuck"));
    Result result = call({"pause", c});
    CHECK(result.exit_code == 1);
    CHECK(result.seconds < 11 * time_scale());
    CHECK_THAT(plain_errors(result), HasText(" cat (D, request_wait_answer)"));
    CHECK_THAT(plain_errors(result),
               HasText(is_v1(*this, c) ? "unable to freeze: " : "timeout of 10s reached"));
    CHECK(status(c) == "running");
    CHECK(grows(*this, c));
}
