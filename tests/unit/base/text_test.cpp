// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include "base/json_text.h"
#include "base/numbers.h"
#include "base/paths.h"
#include "support/catch.h"

using namespace runcxx;

TEST_CASE("json_string: control characters, quotes and HTML characters are escaped as Go does", "[base]") {
    CHECK(json_string("a\"b\\c\n\t\x01") == "\"a\\\"b\\\\c\\n\\t\\u0001\"");
    CHECK(json_string("<&>") == "\"\\u003c\\u0026\\u003e\"");
}

TEST_CASE("json_string: well-formed UTF-8 stays, other bytes become U+FFFD", "[base]") {
    CHECK(json_string("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80") == "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
    CHECK(json_string("a\xff") == "\"a\\ufffd\"");
    CHECK(json_string("\xc0\xaf") == "\"\\ufffd\\ufffd\"");             // overlong
    CHECK(json_string("\xed\xa0\x80") == "\"\\ufffd\\ufffd\\ufffd\"");  // surrogate
    CHECK(json_string("\xe2\x82") == "\"\\ufffd\\ufffd\"");             // cut short
}

TEST_CASE("numbers: the whole text must be the number", "[base]") {
    CHECK(parse_number<int>("42") == 42);
    CHECK(parse_number<int>("-1") == -1);
    for (const auto* text : {"", " 1", "1 ", "+1", "0x10", "1.0", "99999999999", "one"})
        CHECK_FALSE(parse_number<int>(text).has_value());
    CHECK_FALSE(parse_number<unsigned>("-1").has_value());
    CHECK(parse_number<unsigned>("755", 8) == 0755U);
}

TEST_CASE("numbers: booleans are Go's words only", "[base]") {
    CHECK(parse_bool("True") == true);
    CHECK(parse_bool("0") == false);
    CHECK_FALSE(parse_bool("yes").has_value());
    CHECK_FALSE(parse_bool("tRUE").has_value());
}

TEST_CASE("paths: cleaning is lexical and keeps what it cannot know", "[base]") {
    CHECK(clean_path("") == ".");
    CHECK(clean_path("/") == "/");
    CHECK(clean_path("//a/./b/../c/") == "/a/c");
    CHECK(clean_path("/../../a") == "/a");
    CHECK(clean_path("/a/..b/.c") == "/a/..b/.c");
    CHECK(clean_path("/a/b/..") == "/a");
    CHECK(clean_path("/a/b/.") == "/a/b");
    CHECK(clean_path("../a/../..") == "../..");
    CHECK(clean_path("a/..") == ".");
}

TEST_CASE("paths: joining never lets the second path leave by being absolute", "[base]") {
    CHECK(join_path("/root", "/etc") == "/root/etc");
    CHECK(join_path("/root", "../etc") == "/etc");  // lexical: the caller decides what that means
    CHECK(join_path("", "a") == "a");
}

TEST_CASE("paths: base_name and dir_name split at the last slash", "[base]") {
    CHECK(base_name("/a/b") == "b");
    CHECK(base_name("/a/b/") == "b");
    CHECK(base_name("b") == "b");
    CHECK(base_name("/") == "/");
    CHECK(dir_name("/a/b") == "/a");
    CHECK(dir_name("/a") == "/");
    CHECK(dir_name("a") == ".");
}

TEST_CASE("text: quoting makes control characters visible", "[base]") {
    CHECK(quoted("a\"b\n\x7f") == "\"a\\\"b\\n\\x7f\"");
}

TEST_CASE("text: splitting keeps empty pieces, an empty text has none", "[base]") {
    CHECK(split("", ',').empty());
    CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
    CHECK(split(",", ',').size() == 2);
    CHECK(trim(" \t a b\n") == "a b");
}
