// SPDX-License-Identifier: Apache-2.0
// The sync channel: typed messages over the SEQPACKET socket pair, fds with them.
// Runs in: either.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync/codec.h"
#include "sync/messages.h"
#include "sys/file.h"
#include "sys/socket.h"
#include "sys/unique_fd.h"

namespace runcxx::sync {

struct Message {
    Type type = Type::Failure;
    std::string payload;
    std::vector<sys::UniqueFd> fds;

    template <class M>
    M as() const {
        return decode<M>(payload);
    }
};

class Channel {
public:
    Channel() = default;
    explicit Channel(sys::UniqueFd socket) : socket_(std::move(socket)) {}

    bool is_open() const { return socket_.is_open(); }
    const sys::UniqueFd& fd() const { return socket_; }
    void close() { socket_.reset(); }

    template <class M>
    void send(const M& message, const std::vector<int>& fds = {}) {
        sys::send_packet(socket_, with_type(M::kType, encode(message)), fds);
    }
    // For reporting a failure when the other side may be gone: false when it could not be sent.
    template <class M>
    bool try_send(const M& message) noexcept {
        return sys::try_send_packet(socket_, with_type(M::kType, encode(message))) == 0;
    }

    // The same by plain write(2) and read(2), while a seccomp filter with a listener is in place that may
    // hold back every other call.
    template <class M>
    void send_by_write(const M& message) {
        sys::write_all(socket_, with_type(M::kType, encode(message)), "sync channel");
    }
    template <class M>
    void expect_by_read() {
        const auto packet = sys::read_available(socket_);
        if (packet.empty() || static_cast<Type>(packet.front()) != M::kType)
            throw Error("the runtime has not taken the seccomp listener");
    }

    // nullopt at end of file.
    std::optional<Message> receive();

    // Init's side: the answer must be M. The runtime going away is an Error.
    template <class M>
    M expect(std::vector<sys::UniqueFd>* fds = nullptr) {
        auto message = expect_type(M::kType);
        if (fds != nullptr) *fds = std::move(message.fds);
        return message.template as<M>();
    }

private:
    static std::string with_type(Type type, std::string payload);
    Message expect_type(Type type);

    sys::UniqueFd socket_;
};

// The configuration travels on the stream before the channel is used: u32 length, bytes.
void send_configuration(const sys::UniqueFd& init_pipe, const config::Init& init);
config::Init receive_configuration(const sys::UniqueFd& init_pipe);

}  // namespace runcxx::sync
