// SPDX-License-Identifier: Apache-2.0
#include "base/pattern.h"

#include "base/error.h"
#include "support/catch.h"

using runcxx::Pattern;

TEST_CASE("pattern: matches anywhere unless it is anchored") {
    CHECK(Pattern("b").matches("abc"));
    CHECK_FALSE(Pattern("^b").matches("abc"));
    CHECK(Pattern("^a.*c$").matches("abc"));
    CHECK_FALSE(Pattern("^ab$").matches("abc"));
    CHECK_FALSE(Pattern("B").matches("abc"));
}

TEST_CASE("pattern: is an extended regular expression") {
    CHECK(Pattern("^(web|db)-[0-9]+$").matches("db-12"));
    CHECK_FALSE(Pattern("^(web|db)-[0-9]+$").matches("db-"));
    CHECK(Pattern("^a{2}$").matches("aa"));
}

TEST_CASE("pattern: what is no expression is named, with what is wrong") {
    CHECK_THROWS_WITH(Pattern("a("),
                      Catch::StartsWith("invalid regular expression \"a(\": ") && !Catch::EndsWith(": "));
}
