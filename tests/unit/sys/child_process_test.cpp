// SPDX-License-Identifier: Apache-2.0
#include "sys/child_process.h"

#include <cerrno>

#include "base/error.h"
#include "support/catch.h"

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
