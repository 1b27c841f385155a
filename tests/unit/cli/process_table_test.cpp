// SPDX-License-Identifier: Apache-2.0
#include "cli/process_table.h"

#include <array>

#include "base/error.h"
#include "support/catch.h"

using runcxx::cli::process_table;

namespace {
constexpr std::array<pid_t, 2> kPids{7, 4321};
}

TEST_CASE("process table: keeps the header and the rows of the container as they are") {
    CHECK(process_table(
              "UID          PID  CMD\nroot           7  a  b\nroot          70  c\nx           4321  7\n",
              kPids) == "UID          PID  CMD\nroot           7  a  b\nx           4321  7\n");
    CHECK(process_table("  PID\n    7\n", kPids) == "  PID\n    7\n");
    CHECK(process_table("  PID\n    7\n", {}) == "  PID\n");
}

TEST_CASE("process table: the column is found by its title, which has to be there") {
    CHECK(process_table("PPID PID\n7 8\n8 7\n", kPids) == "PPID PID\n8 7\n");
    CHECK_THROWS_WITH(process_table("PPID CMD\n7 8\n", kPids), "couldn't find PID field in ps output");
    CHECK_THROWS_WITH(process_table("", kPids), "couldn't find PID field in ps output");
}

TEST_CASE("process table: a row without a number in that column is an error") {
    CHECK_THROWS_WITH(process_table("UID PID\nroot x\n", kPids), "unable to parse pid: \"x\"");
    CHECK_THROWS_WITH(process_table("UID PID\nroot\n", kPids), "unable to parse pid: \"\"");
}
