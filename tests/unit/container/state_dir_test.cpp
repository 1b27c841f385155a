// SPDX-License-Identifier: Apache-2.0
#include "container/state_dir.h"

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "container/handle.h"
#include "container/state.h"
#include "support/catch.h"
#include "support/temp_dir.h"
#include "sys/child_process.h"
#include "sys/file.h"
#include "sys/poll.h"

using namespace runcxx;
using container::Handle;
using container::StateDir;
using container::Status;

namespace {

struct Root {
    tests::TempDir dir;
    HostPath path{dir.path().string()};
};

container::Intent some_intent() {
    container::Intent intent;
    intent.id = "c1";
    intent.bundle = "/bundle";
    intent.created = "2026-01-02T03:04:05Z";
    intent.boot_id = std::string(sys::read_file(HostPath("/proc/sys/kernel/random/boot_id")));
    intent.boot_id.pop_back();
    intent.annotations = {{"key", "value"}};
    intent.hooks.poststop = {{.path = "/hook"}};
    return intent;
}

container::State state_of(pid_t pid) {
    container::State state;
    state.intent = some_intent();
    state.init_process_pid = pid;
    state.init_process_start = sys::try_process_stat(pid).value().start_time;
    return state;
}

void write_raw(const StateDir& dir, const char* name, std::string_view text) {
    std::ofstream(dir.path().str() + "/" + name) << text;
}

}  // namespace

TEST_CASE("state dir: an id is taken as soon as its directory exists", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    CHECK_THROWS_WITH(StateDir::create(root.path, "c1"), "container with given ID already exists");
    dir.remove();
    CHECK_NOTHROW(StateDir::create(root.path, "c1"));
}

TEST_CASE("state dir: a missing container and an impossible id are told apart", "[container]") {
    Root root;
    try {
        StateDir::open(root.path, "none");
        FAIL("opened what is not there");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::ContainerNotFound);
        CHECK(error.message() == "container does not exist");
    }
    CHECK_THROWS_WITH(StateDir::open(root.path, "../etc"), Catch::Contains("invalid container ID format"));
}

TEST_CASE("state dir: the lock keeps a second command out, and is gone with its holder", "[container]") {
    Root root;
    {
        const auto holder = StateDir::create(root.path, "c1");
        auto second = StateDir::open(root.path, "c1");
        CHECK(second.is_locked_by_other());
        CHECK_THROWS_WITH(second.lock(/*patience_ms=*/20),
                          Catch::Contains("in use by another runcxx command"));
    }
    CHECK_NOTHROW(StateDir::open(root.path, "c1").lock(0));
}

TEST_CASE("state dir: whoever waited for a container that is removed meanwhile finds none", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    auto waiting = StateDir::open(root.path, "c1");
    dir.remove();
    dir.unlock();
    CHECK_THROWS_WITH(waiting.lock(), "container does not exist");
}

TEST_CASE("records: what is written comes back", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    dir.write_intent(some_intent());
    REQUIRE(dir.read_intent().has_value());
    CHECK(dir.read_intent()->annotations == some_intent().annotations);
    CHECK(dir.read_intent()->hooks == some_intent().hooks);
    CHECK_FALSE(dir.read_state().has_value());
    dir.write_state(state_of(sys::own_pid()));
    REQUIRE(dir.read_state().has_value());
    CHECK(dir.read_state()->init_process_pid == sys::own_pid());
    CHECK(dir.read_state()->intent.bundle == "/bundle");
}

TEST_CASE("records: a torn intent means that nothing was done, a damaged state is reported", "[container]") {
    Root root;
    const auto dir = StateDir::create(root.path, "c1");
    write_raw(dir, "intent.json", "{\"id\":\"c1\",\"bun");
    CHECK_FALSE(dir.read_intent().has_value());
    write_raw(dir, "state.json", "{\"id\":");
    CHECK_THROWS_WITH(dir.read_state(), Catch::Contains("state.json cannot be used"));
    write_raw(dir, "state.json", "{\"id\":\"c1\",\"init_process_pid\":1}");
    CHECK_THROWS_WITH(dir.read_state(), Catch::Contains("not written by runcxx"));
}

TEST_CASE("records: a summary is read up to the details, and those are not looked at", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    auto state = state_of(::getpid());
    state.init_process_inode = 7;
    state.exec.emplace();
    dir.write_state(state);
    const auto summary = dir.read_summary();
    REQUIRE(summary);
    CHECK(summary->intent.bundle == "/bundle");
    CHECK(summary->intent.annotations == state.intent.annotations);
    CHECK(summary->init_process_pid == ::getpid());
    CHECK(summary->init_process_start == state.init_process_start);
    CHECK(summary->init_process_inode == 7);
    CHECK(summary->intent.hooks.poststop.empty());
    CHECK_FALSE(summary->exec);

    auto text = sys::read_file(dir.path() / "state.json");
    const auto details = text.find(R"("details_follow")");
    REQUIRE(details != std::string::npos);
    write_raw(dir, "state.json", text.substr(0, text.size() - 1));
    CHECK(dir.read_summary());
    CHECK_THROWS_WITH(dir.read_state(), Catch::Contains("syntax error"));
    write_raw(dir, "state.json", text.substr(0, details - 1));
    CHECK_THROWS_WITH(dir.read_summary(), Catch::Contains("syntax error"));
}

TEST_CASE("records: a summary of a file in any other order is read from all of it", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    write_raw(dir, "state.json",
              R"({"exec":{"umask":18},"resources":{},"init_process_inode":9,"hooks":{},"init_process_pid":8,)"
              R"("private_pid_namespace":true,"cgroup_paths":{"":"/a"},"boot_id":"b","bundle":"/c"})");
    const auto summary = dir.read_summary();
    REQUIRE(summary);
    CHECK(summary->intent.bundle == "/c");
    CHECK(summary->intent.boot_id == "b");
    CHECK(summary->intent.cgroup_paths.at("") == "/a");
    CHECK(summary->init_process_pid == 8);
    CHECK(summary->init_process_inode == 9);
    write_raw(dir, "state.json", R"({"init_process_pid":8,"boot_id":"b")");
    CHECK_THROWS_WITH(dir.read_summary(), Catch::Contains("syntax error"));
    write_raw(dir, "state.json", R"({"init_process_pid":8,"details_follow":true,"boot_id":"b"})");
    CHECK_THROWS_WITH(dir.read_summary(), Catch::Contains("it was not written by runcxx"));
}

TEST_CASE("handle: a half-made container is creating, never stopped", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    dir.write_intent(some_intent());
    dir.unlock();
    const auto half_made = Handle::load(root.path, "c1");
    CHECK(half_made.status() == Status::Creating);
    const auto seen = container::state(half_made);
    CHECK(seen.status == "creating");
    CHECK(seen.pid == 0);
    CHECK(seen.bundle == "/bundle");
}

TEST_CASE("handle: a directory without records is no container once its maker is gone", "[container]") {
    Root root;
    StateDir::create(root.path, "c1").unlock();
    CHECK_THROWS_WITH(container::state(root.path, "c1"), "container does not exist");
}

TEST_CASE("handle: init is the process with that pid and that start time", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    auto state = state_of(sys::own_pid());
    dir.write_state(state);
    CHECK(Handle::load(root.path, "c1").init_pid() == sys::own_pid());
    CHECK(Handle::load(root.path, "c1").init_pidfd().is_open());

    state.init_process_start += 1;  // the number was given to somebody else
    dir.write_state(state);
    CHECK(Handle::load(root.path, "c1").init_pid() == 0);
    CHECK_FALSE(Handle::load(root.path, "c1").init_pidfd().is_open());
    CHECK(Handle::load(root.path, "c1").status() == Status::Stopped);
}

TEST_CASE("handle: with an inode in the record, init is the process whose pidfd has it", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    auto state = state_of(sys::own_pid());
    state.init_process_inode = sys::stat_fd(sys::try_open_pidfd(sys::own_pid()), "pidfd").st_ino;
    state.init_process_start = 0;
    dir.write_state(state);
    CHECK(Handle::load(root.path, "c1").init_pid() == sys::own_pid());

    state.init_process_inode += 1;
    dir.write_state(state);
    CHECK(Handle::load(root.path, "c1").init_pid() == 0);
}

TEST_CASE("handle: init that has ended is no process, reaped or not", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    auto child = sys::spawn({.path = "/bin/true", .args = {"true"}});
    auto state = state_of(child.pid());
    state.init_process_inode = sys::process_inode(child.pidfd()).value_or(0);
    dir.write_state(state);
    REQUIRE(sys::wait_readable(child.pidfd(), sys::monotonic_ms() + 10'000));
    CHECK(Handle::load(root.path, "c1").init_pid() == 0);
    child.wait();
    CHECK(Handle::load(root.path, "c1").init_pid() == 0);
}

TEST_CASE("handle: pids of another boot mean nothing", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    auto state = state_of(sys::own_pid());
    state.intent.boot_id = "00000000-0000-0000-0000-000000000000";
    dir.write_state(state);
    CHECK(Handle::load(root.path, "c1").status() == Status::Stopped);
}

TEST_CASE("state dir: the filter comes back byte for byte", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    const std::vector<std::uint8_t> program{0, 1, 255, 10, 0, 13};
    CHECK_THROWS_AS(dir.read_seccomp(), Error);
    dir.write_seccomp(program);
    CHECK(dir.read_seccomp() == program);
}

TEST_CASE("exec fifo: whoever waits gets one byte, and the starter learns of it", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    auto init_end = dir.make_exec_fifo();
    const auto starter_end = dir.release_exec_fifo();
    CHECK_FALSE(dir.has_exec_fifo());
    CHECK(sys::read_available(init_end) == "0");
    init_end.reset();
    CHECK_NOTHROW(StateDir::wait_until_taken(starter_end));
}

TEST_CASE("exec fifo: an init that is killed with the byte in the fifo is noticed", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    auto init_end = dir.make_exec_fifo();
    const auto starter_end = dir.release_exec_fifo();
    init_end.reset();
    CHECK_THROWS_WITH(StateDir::wait_until_taken(starter_end), Catch::Contains("killed before"));
}

TEST_CASE("exec fifo: an entry of that name is one, whatever it is", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    CHECK_FALSE(dir.has_exec_fifo());
    std::filesystem::create_symlink("/nowhere", dir.path().str() + "/exec.fifo");
    CHECK(dir.has_exec_fifo());
}

TEST_CASE("exec fifo: nobody waiting is an error", "[container]") {
    Root root;
    auto dir = StateDir::create(root.path, "c1");
    auto init_end = dir.make_exec_fifo();
    CHECK(dir.has_exec_fifo());
    init_end.reset();
    CHECK_THROWS_WITH(dir.release_exec_fifo(), Catch::Contains("does not wait for start"));
}
