// SPDX-License-Identifier: Apache-2.0
#include "dbus/message.h"

#include <fmt/core.h>

#include "base/error.h"

namespace runcxx::dbus {
namespace {

constexpr std::uint8_t kNoReplyExpected = 1;
constexpr std::uint8_t kProtocolVersion = 1;
// Byte order, type, flags, version, body length, serial, length of the array of fields.
constexpr std::size_t kFixedSize = 16;
// The specification allows 128 MiB. Nothing that systemd says is near this.
constexpr std::size_t kMaxSize = 16U << 20;
constexpr auto kFieldsType = "a(yv)";

// The fields of the header that are texts: code, type, member. ("Header Fields")
struct TextField {
    std::uint8_t code;
    const char* type;
    std::string Message::*member;
};
constexpr TextField kTextFields[] = {
    {1, "o", &Message::path},       {2, "s", &Message::interface},   {3, "s", &Message::member},
    {4, "s", &Message::error_name}, {6, "s", &Message::destination}, {7, "s", &Message::sender},
    {8, "g", &Message::signature},
};
constexpr std::uint8_t kReplySerial = 5;
constexpr std::uint8_t kUnixFds = 9;

Value header_field(std::uint8_t code, Value value) {
    return structure({{.type = "y", .number = code}, variant(std::move(value))});
}

void read_field(Message& message, const Value& field) {
    const auto code = field.items[0].number;
    const auto& value = field.items[1].items.front();
    if (code == kReplySerial && value.type == "u")
        message.reply_serial = static_cast<std::uint32_t>(value.number);
    for (const auto& known : kTextFields) {
        if (known.code != code) continue;
        if (value.type != known.type)
            throw Error(fmt::format("header field {} of type {}", code, value.type));
        message.*known.member = value.text;
    }
}

ByteOrder byte_order(char mark) {
    if (mark == 'l') return ByteOrder::Little;
    if (mark == 'B') return ByteOrder::Big;
    throw Error("no message begins with this byte");
}

std::size_t aligned(std::size_t size) {
    return (size + 7) / 8 * 8;
}

}  // namespace

void set_body(Message& message, const std::vector<Value>& values) {
    for (const auto& value : values) {
        message.signature += value.type;
        append(message.body, value);
    }
}

std::vector<Value> decode_body(const Message& message) {
    if (!is_signature(message.signature)) throw Error("body without a valid signature");
    std::vector<Value> values;
    Reader reader(message.body, message.order);
    for (std::string_view rest = message.signature; !rest.empty();) {
        const auto length = complete_type(rest);
        values.push_back(reader.read(rest.substr(0, length)));
        rest.remove_prefix(length);
    }
    if (!reader.at_end()) throw Error("body longer than its signature says");
    return values;
}

std::string encode(const Message& message) {
    std::vector<Value> fields;
    for (const auto& field : kTextFields)
        if (const auto& text = message.*field.member; !text.empty())
            fields.push_back(header_field(field.code, {.type = field.type, .text = text}));
    if (message.reply_serial != 0) fields.push_back(header_field(kReplySerial, uint32(message.reply_serial)));
    if (message.fds != 0) fields.push_back(header_field(kUnixFds, uint32(message.fds)));

    std::string out;
    out.push_back('l');
    out.push_back(static_cast<char>(message.type));
    out.push_back(static_cast<char>(message.wants_reply ? 0 : kNoReplyExpected));
    out.push_back(static_cast<char>(kProtocolVersion));
    append(out, uint32(static_cast<std::uint32_t>(message.body.size())));
    append(out, uint32(message.serial));
    append(out, array("(yv)", std::move(fields)));
    align(out, 8);
    return out + message.body;
}

std::optional<Message> take_message(std::string& buffer) {
    if (buffer.empty()) return std::nullopt;
    Message message;
    message.order = byte_order(buffer.front());
    if (buffer.size() < kFixedSize) return std::nullopt;
    const auto type = static_cast<std::uint8_t>(buffer[1]);
    // Types that do not exist yet are to be ignored; 0 is invalid.
    if (type == 0) throw Error("message of type 0");
    if (static_cast<std::uint8_t>(buffer[3]) != kProtocolVersion)
        throw Error(fmt::format("protocol version {}", static_cast<unsigned>(buffer[3])));
    message.type = static_cast<MessageType>(type);
    message.wants_reply = (static_cast<std::uint8_t>(buffer[2]) & kNoReplyExpected) == 0;

    Reader start(std::string_view(buffer).substr(4, 12), message.order, 4);
    const auto body_size = start.read("u").number;
    message.serial = static_cast<std::uint32_t>(start.read("u").number);
    const auto fields_size = start.read("u").number;
    if (body_size > kMaxSize || fields_size > kMaxSize)
        throw Error(fmt::format("message of {} bytes", body_size + fields_size));
    const auto body_at = aligned(kFixedSize + fields_size);
    if (buffer.size() < body_at + body_size) return std::nullopt;

    Reader fields(std::string_view(buffer).substr(12, body_at - 12), message.order, 12);
    for (const auto& field : fields.read(kFieldsType).items)
        read_field(message, field);
    fields.align(8);
    message.body = buffer.substr(body_at, body_size);
    buffer.erase(0, body_at + body_size);
    return message;
}

}  // namespace runcxx::dbus
