// SPDX-License-Identifier: Apache-2.0
#include "dbus/text_value.h"

#include <bit>

#include "base/error.h"
#include "dbus/address.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::dbus;

namespace {

std::string error_of(std::string_view text) {
    try {
        parse_value(text);
    } catch (const Error& error) {
        return error.message();
    }
    return "";
}

double real(std::string_view text) {
    const auto value = parse_value(text);
    REQUIRE(value.type == "d");
    return std::bit_cast<double>(value.number);
}

}  // namespace

TEST_CASE("property values are read from GVariant text", "[dbus]") {
    CHECK(parse_value("true") == boolean(true));
    CHECK(parse_value(" false ") == boolean(false));
    CHECK(parse_value("'inactive-or-failed'") == string("inactive-or-failed"));
    CHECK(parse_value("\"it's\"") == string("it's"));
    CHECK(parse_value("uint64 123456789") == uint64(123456789));
    CHECK(parse_value("@t 5") == uint64(5));
    CHECK(parse_value("12") == Value{.type = "i", .number = 12});
    CHECK(parse_value("-12") == Value{.type = "i", .number = ~std::uint64_t{11}});
    CHECK(parse_value("byte 0xff") == Value{.type = "y", .number = 255});
    CHECK(parse_value("uint16 010") == Value{.type = "q", .number = 8});
    CHECK(parse_value("int64 -9223372036854775808").number == std::uint64_t{1} << 63);
    CHECK(parse_value("['a', 'b']") == strings({"a", "b"}));
    CHECK(parse_value("@as []") == strings({}));
    CHECK(parse_value("[uint32 1, 2]") == array("u", {uint32(1), uint32(2)}));
    CHECK(parse_value("[1, uint32 2]") == array("u", {uint32(1), uint32(2)}));
    CHECK(parse_value("@ay [1, 0x10]") == bytes({1, 16}));
    CHECK(parse_value("b'ab\\001'") == bytes({'a', 'b', 1, 0}));
    CHECK(parse_value("[('/dev/fuse', 'rwm')]") ==
          array("(ss)", {structure({string("/dev/fuse"), string("rwm")})}));
    CHECK(parse_value("@a(st) [('/dev/sda', 5)]") ==
          array("(st)", {structure({string("/dev/sda"), uint64(5)})}));
    CHECK(parse_value("'a\\n\\u00e9\\U0001f600\\'\\\n'") == string("a\n\xc3\xa9\xf0\x9f\x98\x80'"));
    CHECK(real("2.5") == 2.5);
    CHECK(real("-1e3") == -1000);
    CHECK(real("double 7") == 7);
    CHECK(real(".125") == 0.125);
    CHECK(parse_value("[1, 2.5]").type == "ad");
}

TEST_CASE("texts that are no property value are refused with a reason", "[dbus]") {
    CHECK(error_of("") == "a value is missing, at character 1");
    CHECK(error_of("foo") == "unrecognized type \"foo\", at character 1");
    CHECK(error_of("'foo") == "unterminated string, at character 5");
    CHECK(error_of("'a\\u12'") == "short unicode escape, at character 5");
    CHECK(error_of("'\\ud800'") == "no such character, at character 4");
    CHECK(error_of("true false") == "text behind the value, at character 6");
    CHECK(error_of("[1 2]") == "expected ',' or ']', at character 4");
    CHECK(error_of("[1,") == "a value is missing, at character 4");
    CHECK(error_of("uint32 'x'") == "can't parse string \"x\" as type \"u\"");
    CHECK(error_of("string 5") == "can't parse number \"5\" as type \"s\"");
    CHECK(error_of("boolean 1") == "can't parse number \"1\" as type \"b\"");
    CHECK(error_of("uint32 -1") == "parsing \"-1\": value out of range");
    CHECK(error_of("2147483648") == "parsing \"2147483648\": value out of range");
    CHECK(error_of("byte 256") == "parsing \"256\": value out of range");
    CHECK(error_of("uint64 18446744073709551616") == "parsing \"18446744073709551616\": value out of range");
    CHECK(error_of("int32 1.5") == "can't parse number \"1.5\" as type \"i\"");
    CHECK(error_of("12abc") == "can't parse number \"12abc\" as type \"i\"");
    CHECK(error_of("0x") == "can't parse number \"0x\" as type \"i\"");
    CHECK(error_of("08") == "can't parse number \"08\" as type \"i\"");
    CHECK(error_of("-") == "can't parse number \"-\" as type \"i\"");
    CHECK(error_of("1e400") == "parsing \"1e400\": more digits than a property needs");
    CHECK(error_of("[1, 'x']") == "can't parse string \"x\" as type \"i\"");
    CHECK_THAT(error_of("[]"), Catch::Contains("can't infer the type"));
    CHECK_THAT(error_of("[[]]"), Catch::Contains("can't infer the type"));
    CHECK_THAT(error_of("()"), Catch::Contains("can't infer the type"));
    CHECK(error_of("@z 5") == "\"z\" is not a type, at character 3");
    CHECK(error_of("@v 5") == "\"v\" is not a type, at character 3");
    CHECK(error_of("@(ss) ('a',)") == "can't parse tuple \"\" as type \"(ss)\"");
    CHECK(error_of("@(s) ('a','b')") == "can't parse tuple \"\" as type \"(s)\"");
    CHECK(error_of("<5>") == "no value begins like this, at character 1");
    CHECK(error_of("{'a': 1}") == "no value begins like this, at character 1");
    CHECK_THAT(error_of(std::string(100, '[')), Catch::Contains("values nest too deeply"));
}

TEST_CASE("addresses of buses are lists of sockets", "[dbus]") {
    using List = std::vector<std::string>;
    CHECK(parse_address("unix:path=/run/bus") == List{"/run/bus"});
    CHECK(parse_address("unix:path=/run/user/1000/bus,guid=ab;unix:abstract=x%20y") ==
          List{"/run/user/1000/bus", "@x y"});
    CHECK(parse_address("tcp:host=localhost,port=1;unix:path=/a%2fb") == List{"/a/b"});
    CHECK(parse_address("autolaunch:").empty());
    CHECK_THROWS_WITH(parse_address("/run/bus"), Catch::Contains("has no transport"));
    CHECK_THROWS_WITH(parse_address("unix:path=/a%2"), Catch::Contains("bad escape"));
    CHECK_THROWS_WITH(parse_address("unix:path=/a%zz"), Catch::Contains("bad escape"));
    CHECK_THROWS_WITH(parse_address("unix:path"), Catch::Contains("no key=value"));
}
