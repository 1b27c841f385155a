// SPDX-License-Identifier: Apache-2.0
#include "sync/channel.h"

#include <fmt/core.h>

#include "config/config_fields.h"
#include "sync/order.h"

namespace runcxx::sync {

// A configuration is a few KiB; the bound keeps a confused peer from making us allocate without end.
constexpr std::uint32_t kMaxConfiguration = 64U << 20;

std::string Channel::with_type(Type type, std::string payload) {
    payload.insert(payload.begin(), static_cast<char>(type));
    return payload;
}

std::optional<Message> Channel::receive() {
    auto packet = sys::receive_packet(socket_);
    if (!packet) return std::nullopt;
    Message message;
    message.type = static_cast<Type>(packet->data.front());
    message.payload = packet->data.substr(1);
    message.fds = std::move(packet->fds);
    return message;
}

Message Channel::expect_type(Type type) {
    auto message = receive();
    if (!message) throw Error("the runtime process has gone away");
    if (message->type != type)
        throw Error(
            fmt::format("the runtime answered {} instead of {}", to_string(message->type), to_string(type)));
    return *std::move(message);
}

void send_configuration(const sys::UniqueFd& init_pipe, const config::Init& init) {
    const std::string bytes = encode(init);
    std::string framed = encode(static_cast<std::uint32_t>(bytes.size()));
    framed += bytes;
    sys::send_packet(init_pipe, framed);
}

config::Init receive_configuration(const sys::UniqueFd& init_pipe) {
    const auto size =
        decode<std::uint32_t>(sys::receive_exactly(init_pipe, sizeof(std::uint32_t), "init pipe"));
    if (size > kMaxConfiguration)
        throw Error(fmt::format("init pipe: configuration of {} bytes is too large", size));
    return decode<config::Init>(sys::receive_exactly(init_pipe, size, "init pipe"));
}

}  // namespace runcxx::sync
