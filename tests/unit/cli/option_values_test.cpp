// SPDX-License-Identifier: Apache-2.0
// Numbers and durations in Go's notation.
#include "cli/option_values.h"

#include "base/error.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::cli;

TEST_CASE("integers: Go's bases and both ends of the range are read", "[cli]") {
    CHECK(parse_integer("0") == 0);
    CHECK(parse_integer("-1") == -1);
    CHECK(parse_integer("+7") == 7);
    CHECK(parse_integer("0x1F") == 31);
    CHECK(parse_integer("0b101") == 5);
    CHECK(parse_integer("0o17") == 15);
    CHECK(parse_integer("017") == 15);
    CHECK(parse_integer("9223372036854775807") == INT64_MAX);
    CHECK(parse_integer("-9223372036854775808") == INT64_MIN);
    for (const char* bad : {"", "-", "--1", "+-1", "0x", "1 ", " 1", "1.0", "08", "9223372036854775808", "x"})
        CHECK_THROWS_AS(parse_integer(bad), Error);
}

TEST_CASE("durations: units add up to nanoseconds", "[cli]") {
    CHECK(parse_duration("5s") == 5'000'000'000);
    CHECK(parse_duration("1m30s") == 90'000'000'000);
    CHECK(parse_duration("1.5h") == 5'400'000'000'000);
    CHECK(parse_duration("100ms") == 100'000'000);
    CHECK(parse_duration("-2us") == -2'000);
    CHECK(parse_duration("0") == 0);
    CHECK(parse_duration(".5s") == 500'000'000);
    for (const char* bad : {"", "x", "5", "s", ".s", "1x", "5 s", "1m2", "9999999999h", "-"})
        CHECK_THROWS_AS(parse_duration(bad), Error);
}
