// SPDX-License-Identifier: Apache-2.0
#include "dbus/connection.h"

#include <algorithm>
#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "sys/credentials.h"
#include "sys/poll.h"
#include "sys/socket.h"

namespace runcxx::dbus {
namespace {

constexpr std::int64_t kLongestPauseMs = 64;
constexpr std::size_t kMaxHandshakeLine = 1024;
constexpr std::string_view kLineEnd = "\r\n";

// A socket whose owner is busy has a queue that fills up; poll(2) does not tell when there is room again.
sys::UniqueFd connect(const std::string& path, const Patience& patience) {
    for (std::int64_t pause = 1;; pause = std::min(pause * 2, kLongestPauseMs)) {
        auto socket = sys::try_connect_unix(HostPath(path), sys::SocketKind::Stream);
        if (socket) return socket;
        const int failure = errno;
        if (failure != EAGAIN || sys::monotonic_ms() + pause >= patience.deadline_ms)
            throw Error::from_errno(failure, fmt::format("dial unix {}: connect", path));
        if (patience.check_interruption) patience.check_interruption();
        sys::sleep_ms(pause);
    }
}

// "Authentication Protocol": EXTERNAL means that the server asks the kernel who we are, and compares.
std::string handshake(bool in_user_namespace) {
    std::string lines(1, '\0');
    lines += "AUTH EXTERNAL";
    if (in_user_namespace) {
        // An empty identity: whoever the kernel says.
        lines += "\r\nDATA";
    } else {
        lines.push_back(' ');
        for (const char digit : std::to_string(sys::effective_uid()))
            lines += fmt::format("{:02x}", static_cast<unsigned>(digit));
    }
    return lines + "\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n";
}

}  // namespace

Connection::Connection(std::string socket, Peer peer, bool in_user_namespace, Patience patience)
    : socket_path_(std::move(socket)),
      patience_(std::move(patience)),
      socket_(connect(socket_path_, patience_)),
      handshake_(handshake(in_user_namespace)) {
    if (peer == Peer::Bus)
        greeting_ = send({.path = "/org/freedesktop/DBus",
                          .interface = "org.freedesktop.DBus",
                          .member = "Hello",
                          .destination = "org.freedesktop.DBus"});
}

std::uint32_t Connection::send(Message message, std::vector<int> fds) {
    message.serial = ++last_serial_;
    if (!fds.empty()) {
        outgoing_fds_ = std::move(fds);
        fds_at_ = outgoing_.size();
        message.fds = static_cast<std::uint32_t>(outgoing_fds_.size());
    }
    outgoing_ += encode(message);
    return message.serial;
}

void Connection::send_queued() {
    while (!handshake_.empty()) {
        const auto sent = sys::send_some(socket_, handshake_);
        if (sent == 0) return;
        handshake_.erase(0, sent);
    }
    while (is_accepted_ && !outgoing_.empty()) {
        const bool fds_are_next = !outgoing_fds_.empty() && fds_at_ == 0;
        // They must arrive with their message's first byte, so what is before them goes alone.
        const auto size = fds_are_next || outgoing_fds_.empty() ? outgoing_.size() : fds_at_;
        const auto sent = sys::send_some(socket_, std::string_view(outgoing_).substr(0, size),
                                         fds_are_next ? outgoing_fds_ : std::vector<int>());
        if (sent == 0) return;
        outgoing_.erase(0, sent);
        if (fds_are_next)
            outgoing_fds_.clear();
        else
            fds_at_ -= std::min(fds_at_, sent);
    }
}

void Connection::flush() noexcept {
    try {
        send_queued();
    } catch (const Error& error) {
        log::debug("{}: {}", socket_path_, error.message());
    }
}

void Connection::wait_for_data() {
    for (;;) {
        send_queued();
        const bool has_more = !handshake_.empty() || (is_accepted_ && !outgoing_.empty());
        const short wanted = has_more ? sys::kReadable | sys::kWritable : sys::kReadable;
        std::vector<sys::PollEntry> entries{
            {socket_.get(), wanted, 0},
            {patience_.interruption != nullptr ? patience_.interruption->get() : -1, sys::kReadable, 0}};
        if (!sys::wait_ready(entries, patience_.deadline_ms))
            throw Error(Error::Kind::Failure, fmt::format("no answer on {} in time", socket_path_),
                        ETIMEDOUT);
        if (entries[1].ready != 0) patience_.check_interruption();
        if ((entries[0].ready & ~sys::kWritable) == 0) continue;
        auto packet = sys::receive_from_stream(socket_);
        if (!packet) throw Error(fmt::format("{} has closed the connection", socket_path_));
        incoming_ += packet->data;
        return;
    }
}

bool Connection::take_handshake() {
    // OK, then the answer to NEGOTIATE_UNIX_FD; DATA is a question that was answered before it was asked.
    while (!is_accepted_) {
        const auto end = incoming_.find(kLineEnd);
        if (end == incoming_.npos) {
            if (incoming_.size() > kMaxHandshakeLine) throw Error("this is no D-Bus handshake");
            return false;
        }
        const auto line = incoming_.substr(0, end);
        incoming_.erase(0, end + kLineEnd.size());
        if (line == "DATA" || line.starts_with("OK ")) continue;
        if (line.starts_with("REJECTED")) throw Error("this user is refused");
        if (line != "AGREE_UNIX_FD" && !line.starts_with("ERROR"))
            throw Error(fmt::format("this is no D-Bus handshake: {}", quoted(line)));
        is_accepted_ = true;
    }
    return true;
}

Message Connection::receive() {
    for (;;) {
        try {
            if (take_handshake()) {
                if (auto message = take_message(incoming_)) {
                    if (greeting_ == 0 || message->reply_serial != greeting_) return std::move(*message);
                    if (message->type == MessageType::Error)
                        throw Error(fmt::format("the bus refuses us: {}", message->error_name));
                    greeting_ = 0;
                    continue;
                }
            }
        } catch (Error& error) {
            error.add_context(fmt::format("talk D-Bus on {}", socket_path_));
            throw;
        }
        wait_for_data();
    }
}

}  // namespace runcxx::dbus
