// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/protobuf.h"

#include <cstdint>
#include <limits>

#include "base/error.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::checkpoint;

namespace {

std::string bytes(std::initializer_list<unsigned> values) {
    std::string text;
    for (const auto value : values)
        text += static_cast<char>(value);
    return text;
}

std::string why_malformed(const std::string& message) {
    MessageReader reader(message);
    try {
        while (reader.next()) {
        }
    } catch (const Error& error) {
        return error.message();
    }
    return "";
}

}  // namespace

// The examples of the documentation ("Encoding").
TEST_CASE("protobuf: numbers and texts have the bytes of the documentation", "[checkpoint][protobuf]") {
    MessageWriter number;
    number.number(1, 150);
    CHECK(number.bytes() == bytes({0x08, 0x96, 0x01}));
    MessageWriter text;
    text.text(2, "testing");
    CHECK(text.bytes() == bytes({0x12, 0x07}) + "testing");
    MessageWriter nested;
    nested.text(3, number.bytes());
    CHECK(nested.bytes() == bytes({0x1a, 0x03, 0x08, 0x96, 0x01}));
    MessageWriter negative;
    negative.number(1, -2);
    CHECK(negative.bytes() == bytes({0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}));
}

TEST_CASE("protobuf: what was written is read again", "[checkpoint][protobuf]") {
    MessageWriter writer;
    const std::int64_t numbers[] = {0,
                                    1,
                                    127,
                                    128,
                                    300,
                                    -1,
                                    std::numeric_limits<std::int64_t>::max(),
                                    std::numeric_limits<std::int64_t>::min()};
    for (const auto number : numbers)
        writer.number(2047, number);
    writer.text(16, std::string(200, 'x'));
    MessageReader reader(writer.bytes());
    for (const auto number : numbers) {
        const auto field = reader.next();
        REQUIRE(field);
        CHECK(field->id == 2047);
        CHECK(field->number == number);
    }
    const auto text = reader.next();
    REQUIRE(text);
    CHECK(text->id == 16);
    CHECK(text->text == std::string(200, 'x'));
    CHECK_FALSE(reader.next());
}

TEST_CASE("protobuf: values of fixed size are passed over", "[checkpoint][protobuf]") {
    const auto message = bytes({0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x0d, 1, 2, 3, 4, 0x10, 5});
    MessageReader reader(message);
    const auto field = reader.next();
    REQUIRE(field);
    CHECK(field->id == 2);
    CHECK(field->number == 5);
    CHECK_FALSE(reader.next());
}

TEST_CASE("protobuf: a message that is cut off or wrong is an error", "[checkpoint][protobuf]") {
    CHECK(why_malformed(bytes({0x08})) == "malformed message: it ends within a field");
    CHECK(why_malformed(bytes({0x08, 0x80})) == "malformed message: it ends within a field");
    CHECK(why_malformed(bytes({0x12, 0x05, 'a'})) == "malformed message: it ends within a field");
    CHECK(why_malformed(bytes({0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})) ==
          "malformed message: it ends within a field");
    CHECK(why_malformed(bytes({0x0d, 1, 2})) == "malformed message: it ends within a field");
    CHECK(why_malformed(bytes({0x0b})) == "malformed message: wire type 3");
    CHECK(why_malformed(bytes({0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})) ==
          "malformed message: a number of more than 64 bits");
    CHECK(why_malformed("").empty());
}
