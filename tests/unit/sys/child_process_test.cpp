// SPDX-License-Identifier: Apache-2.0
#include "sys/child_process.h"

#include <cerrno>

#include "base/error.h"
#include "support/catch.h"
#include "sys/file.h"
#include "sys/poll.h"

using namespace runcxx;
using namespace runcxx::sys;

namespace {

SpawnOptions program(std::string path) {
    SpawnOptions options;
    options.path = std::move(path);
    options.args = {"test"};
    return options;
}

}  // namespace

TEST_CASE("spawn: a program that cannot run is an error that names it", "[sys]") {
    CHECK_THROWS_WITH(spawn(program("/nowhere/at-all")), "spawn /nowhere/at-all: no such file or directory");
}

TEST_CASE("spawn: who does not wait finds the cause when the child has ended", "[sys]") {
    SpawnFailure failure;
    auto child = spawn_without_waiting(program("/nowhere/at-all"), failure);
    CHECK(child.wait().exit_code() == 127);
    REQUIRE(failure.has_happened());
    CHECK_THROWS_WITH(failure.rethrow("test"), "spawn test: no such file or directory");
}

TEST_CASE("spawn: a program that runs leaves no failure, whatever it returns", "[sys]") {
    SpawnFailure failure;
    auto child = spawn_without_waiting(program("/bin/false"), failure);
    CHECK(child.wait().exit_code() == 1);
    CHECK_FALSE(failure.has_happened());
    CHECK_NOTHROW(failure.rethrow("false"));
}

TEST_CASE("pidfd: says that its process has ended, reaped or not", "[sys]") {
    CHECK_FALSE(sys::has_ended(sys::try_open_pidfd(sys::own_pid())));
    auto child = sys::spawn({.path = "/bin/true", .args = {"true"}});
    REQUIRE(sys::wait_readable(child.pidfd(), sys::monotonic_ms() + 10'000));
    const auto pidfd = sys::try_open_pidfd(child.pid());
    CHECK(sys::has_ended(pidfd));
    child.wait();
    CHECK(sys::has_ended(pidfd));
}

TEST_CASE("pidfd: its inode is the process's own, or there is none", "[sys]") {
    const auto mine = sys::process_inode(sys::try_open_pidfd(sys::own_pid()));
    const auto again = sys::process_inode(sys::try_open_pidfd(sys::own_pid()));
    const auto parents = sys::process_inode(sys::try_open_pidfd(sys::parent_pid()));
    CHECK(mine == again);
    CHECK(mine.has_value() == parents.has_value());
    if (mine) CHECK(mine != parents);
}
