// SPDX-License-Identifier: Apache-2.0
// Messages and their bytes (D-Bus specification, "Message Format"). Pure. Runs in: runtime.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dbus/value.h"

namespace runcxx::dbus {

enum class MessageType : std::uint8_t { MethodCall = 1, MethodReturn = 2, Error = 3, Signal = 4 };

struct Message {
    MessageType type = MessageType::MethodCall;
    bool wants_reply = true;
    ByteOrder order = ByteOrder::Little;
    std::uint32_t serial = 0;
    std::uint32_t reply_serial = 0;
    std::string path, interface, member;
    std::string error_name;
    std::string destination, sender;
    std::uint32_t fds = 0;  // how many travel along
    std::string signature;
    std::string body;  // as it is on the wire; see set_body() and decode_body()

    bool is_signal(std::string_view its_interface, std::string_view its_member) const {
        return type == MessageType::Signal && interface == its_interface && member == its_member;
    }
};

void set_body(Message& message, const std::vector<Value>& values);
// Errors: a body that is not what its signature says.
std::vector<Value> decode_body(const Message& message);

std::string encode(const Message& message);
// Takes the first message off `buffer`; nullopt when it is not complete yet. Errors: it is no message, or one of
// over 16 MiB; the buffer is of no use then.
std::optional<Message> take_message(std::string& buffer);

}  // namespace runcxx::dbus
