// SPDX-License-Identifier: Apache-2.0
#include "dbus/message.h"

#include "base/error.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::dbus;
using namespace std::string_literals;

namespace {

// As systemd 257 has sent it on its private socket.
const std::string kUnitRemoved =
    "l\x04\x01\x01I\0\0\0\x03\0\0\0\xa0\0\0\0\x01\x01o\0\x19\0\0\0/org/freedesktop/"
    "systemd1\0\0\0\0\0\0\0\x02\x01s\0 "
    "\0\0\0org.freedesktop.systemd1."
    "Manager\0\0\0\0\0\0\0\0\x03\x01s\0\x0b\0\0\0UnitRemoved\0\0\0\0\0\x07\x01s\0\x18\0\0\0org.freedesktop."
    "systemd1\0\0\0\0\0\0\0\0\x08\x01g\0\x02so\0\x0d\0\0\0runc-c1.scope\0\0\0"
    "0\0\0\0/org/freedesktop/systemd1/unit/runc_2dc1_2escope\0"s;

// What busctl's library sends for StopUnit, but for the order of the header's fields, which is free.
const std::string kStopUnit =
    "l\x01\0\x01 \0\0\0\x01\0\0\0\xa0\0\0\0\x01\x01o\0\x19\0\0\0/org/freedesktop/systemd1\0\0\0\0\0\0\0\x02\x01s\0 \0\0\0org.freedesktop.systemd1.Manager\0\0\0\0\0\0\0\0\x03\x01s\0\x08\0\0\0StopUnit\0\0\0\0\0\0\0\0\x06\x01s\0\x18\0\0\0org.freedesktop.systemd1\0\0\0\0\0\0\0\0\x08\x01g\0\x02ss\0\x0d\0\0\0runc-c1.scope\0\0\0\x07\0\0\0replace\0"s;

std::string error_of(std::string bytes) {
    try {
        take_message(bytes);
    } catch (const Error& error) {
        return error.message();
    }
    return "";
}

std::string with(std::string bytes, std::size_t at, char byte) {
    bytes[at] = byte;
    return bytes;
}

}  // namespace

TEST_CASE("a call has the bytes that systemd knows", "[dbus]") {
    Message call{.serial = 1,
                 .path = "/org/freedesktop/systemd1",
                 .interface = "org.freedesktop.systemd1.Manager",
                 .member = "StopUnit",
                 .destination = "org.freedesktop.systemd1"};
    set_body(call, {string("runc-c1.scope"), string("replace")});
    CHECK(encode(call) == kStopUnit);
    call.wants_reply = false;
    CHECK(encode(call)[2] == '\x01');
}

TEST_CASE("a signal of systemd is read", "[dbus]") {
    auto buffer = kUnitRemoved + "l";
    const auto message = take_message(buffer);
    REQUIRE(message);
    CHECK(buffer == "l");
    CHECK(message->is_signal("org.freedesktop.systemd1.Manager", "UnitRemoved"));
    CHECK_FALSE(message->is_signal("org.freedesktop.systemd1.Manager", "JobRemoved"));
    CHECK(message->path == "/org/freedesktop/systemd1");
    CHECK(message->sender == "org.freedesktop.systemd1");
    CHECK(message->serial == 3);
    CHECK_FALSE(message->wants_reply);
    const auto values = decode_body(*message);
    REQUIRE(values.size() == 2);
    CHECK(values[0] == string("runc-c1.scope"));
    CHECK(values[1].text == "/org/freedesktop/systemd1/unit/runc_2dc1_2escope");
}

TEST_CASE("a message is taken when all of it is there, whatever the pieces", "[dbus]") {
    for (std::size_t size = 0; size < kUnitRemoved.size(); ++size) {
        auto part = kUnitRemoved.substr(0, size);
        CHECK_FALSE(take_message(part));
        CHECK(part.size() == size);
    }
    auto two = kUnitRemoved + kStopUnit;
    CHECK(take_message(two)->member == "UnitRemoved");
    CHECK(take_message(two)->member == "StopUnit");
    CHECK(two.empty());
}

TEST_CASE("replies, errors and descriptors survive the way", "[dbus]") {
    Message error{
        .type = MessageType::Error, .serial = 9, .reply_serial = 4, .error_name = "a.b.C", .fds = 1};
    set_body(error, {string("no"), {.type = "ah", .items = {{.type = "h", .number = 0}}}});
    auto buffer = encode(error);
    const auto read = take_message(buffer);
    REQUIRE(read);
    CHECK(read->type == MessageType::Error);
    CHECK(read->reply_serial == 4);
    CHECK(read->error_name == "a.b.C");
    CHECK(decode_body(*read) == decode_body(error));
    CHECK(encode(error).find("\x09\x01u\0\x01\0\0\0"s) != std::string::npos);
}

TEST_CASE("what is no message is refused, not waited for", "[dbus]") {
    CHECK(error_of("HTTP/1.1 400 Bad Request\r\n") == "no message begins with this byte");
    CHECK(error_of(with(kStopUnit, 1, '\0')) == "message of type 0");
    CHECK(error_of(with(kStopUnit, 3, '\x02')) == "protocol version 2");
    CHECK_THAT(error_of(with(kStopUnit, 7, '\x7f')), Catch::Contains("message of "));
    // A path that is said to be a string.
    CHECK_THAT(error_of(with(kStopUnit, 18, 's')), Catch::Contains("header field 1 of type s"));
    auto short_body = kStopUnit;
    short_body[4] = '\x1f';
    const auto message = take_message(short_body);
    REQUIRE(message);
    CHECK_THROWS_WITH(decode_body(*message),
                      Catch::Contains("text without its end") || Catch::Contains("too short"));
}
