// SPDX-License-Identifier: Apache-2.0
// The wire form of values against bytes that were written down from the D-Bus specification by hand.
#include "dbus/value.h"

#include <bit>

#include "base/error.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::dbus;
using namespace std::string_literals;

namespace {

std::string wire(const Value& value, std::string before = "") {
    const auto size = before.size();
    append(before, value);
    return before.substr(size);
}

std::string error_of(std::string_view bytes, std::string_view type) {
    try {
        Reader(bytes).read(type);
    } catch (const Error& error) {
        return error.message();
    }
    return "";
}

}  // namespace

TEST_CASE("values on the wire are little-endian, aligned to their size and counted", "[dbus]") {
    CHECK(wire(uint32(0x01020304)) == "\x04\x03\x02\x01"s);
    CHECK(wire(boolean(true)) == "\x01\0\0\0"s);
    CHECK(wire(uint64(5), "x") == "\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0"s);
    CHECK(wire(string("foo"), "abcde") == "\0\0\0\x03\0\0\0foo\0"s);
    CHECK(wire(variant(string("a"))) == "\x01s\0\0\x01\0\0\0a\0"s);
    CHECK(wire(bytes({3, 255})) == "\x02\0\0\0\x03\xff"s);
    CHECK(wire(strings({"a", "bc"})) == "\x0f\0\0\0\x01\0\0\0a\0\0\0\x02\0\0\0bc\0"s);
    // The padding before the first structure is not of the array's length, even when there is none.
    CHECK(wire(array("(ss)", {})) == "\0\0\0\0\0\0\0\0"s);
    CHECK(wire(array("(st)", {structure({string("x"), uint64(1)})})) ==
          "\x10\0\0\0\0\0\0\0\x01\0\0\0x\0\0\0\x01\0\0\0\0\0\0\0"s);
}

TEST_CASE("what was written reads back as it was", "[dbus]") {
    const auto value = array(
        "(sv)", {structure({string("PIDs"), variant(array("u", {uint32(1), uint32(0xffffffff)}))}),
                 structure({string("Nested"), variant(variant(boolean(false)))}),
                 structure({string("Empty"), variant(array("(ss)", {}))}),
                 structure({string("Small"), variant(Value{.type = "n", .number = ~std::uint64_t{0}})})});
    std::string bytes;
    append(bytes, value);
    Reader reader(bytes);
    CHECK(reader.read("a(sv)") == value);
    CHECK(reader.at_end());
}

TEST_CASE("a sender with another byte order is understood", "[dbus]") {
    Reader reader("\x01\x02\x03\x04\0\0\0\x02\xff\xfe"s, ByteOrder::Big);
    CHECK(reader.read("u").number == 0x01020304);
    CHECK(reader.read("u").number == 2);
    CHECK(static_cast<std::int64_t>(reader.read("n").number) == -2);
}

TEST_CASE("types are complete or refused", "[dbus]") {
    for (const auto* type : {"s", "ay", "a(ss)", "a{sv}", "(i(dd)as)", "aaau", "v", "h", "a(sa(sv))"}) {
        CAPTURE(type);
        CHECK(complete_type(type) == std::string(type).size());
    }
    for (const auto* type : {"", "a", "()", "(s", "{sv}", "a{vs}", "a{s}", "a{sss}", "z", ")", "m"}) {
        CAPTURE(type);
        CHECK(complete_type(type) == 0);
    }
    CHECK(complete_type("sv") == 1);
    CHECK(is_signature("sa(sv)u"));
    CHECK(is_signature(""));
    CHECK_FALSE(is_signature("s("));
    CHECK(complete_type(std::string(32, 'a') + "s") == 33);
    CHECK(complete_type(std::string(33, 'a') + "s") == 0);
    CHECK_FALSE(is_signature(std::string(256, 's')));
}

TEST_CASE("bytes that are no value are refused with the place", "[dbus]") {
    CHECK(error_of("\x05\0\0\0abc\0"s, "s") == "message too short for what it holds, at byte 4");
    CHECK(error_of("\x03\0\0\0abcd"s, "s") == "text without its end, at byte 8");
    CHECK(error_of("\x03\0\0\0a\0c\0"s, "s") == "text without its end, at byte 8");
    CHECK(error_of("\x02\0\0\0"s, "b") == "boolean that is neither true nor false, at byte 4");
    CHECK(error_of("\xff\xff\xff\x7f"s, "au") == "array too long, at byte 4");
    CHECK(error_of("\x08\0\0\0\x01\0\0\0"s, "au") == "message too short for what it holds, at byte 4");
    CHECK(error_of("\x03\0\0\0\x01\0\0\0"s, "au") == "array of another length than it says, at byte 8");
    CHECK(error_of("\x02zz\0"s, "v") == "variant without a complete type, at byte 4");
    CHECK(error_of("\0\0"s, "u") == "message too short for what it holds, at byte 0");
    CHECK(error_of("\x01s\0\x01\x01\0\0\0a\0"s, "v") == "padding is not zero, at byte 4");
    // A variant in a variant in a variant ...
    std::string deep;
    for (int i = 0; i < 200; ++i)
        deep += "\x01v\0"s;
    CHECK_THAT(error_of(deep, "v"), Catch::Contains("values nest too deeply"));
    // 100000 one-byte values are small on the wire and large in memory.
    std::string many = "\xa0\x86\x01\0"s + std::string(100000, 'x');
    CHECK_THAT(error_of(many, "ay"), Catch::Contains("too many values"));
}
