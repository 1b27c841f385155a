// SPDX-License-Identifier: Apache-2.0
// A connection to one D-Bus server: a program's own socket, or a message bus. Nothing waits without the patience that
// the caller states. The greeting of a bus and the first calls travel together, but not with the handshake: an answer
// of systemd 252 and 257 to what comes with it can stay in its queue for ever.
// Runs in: runtime. Must not know whom it talks to.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dbus/message.h"
#include "sys/unique_fd.h"

namespace runcxx::dbus {

struct Patience {
    std::int64_t deadline_ms = 0;  // on sys::monotonic_ms()'s clock
    // Readable when the caller may want to give up: then `check_interruption` is called, and its exception ends the wait.
    const sys::UniqueFd* interruption = nullptr;
    std::function<void()> check_interruption;
};

enum class Peer : std::uint8_t {
    Program,  // answers by itself
    Bus,      // passes on; wants to be greeted
};

class Connection {
public:
    // Connects to a socket (an "@name" is abstract) as the calling user. `in_user_namespace`: our uid is not the one
    // that the server sees, so it must look for itself. Errors: "dial unix PATH: connect: ...".
    Connection(std::string socket, Peer peer, bool in_user_namespace, Patience patience);

    void set_patience(Patience patience) { patience_ = std::move(patience); }

    // Queues a message, with fds that stay the caller's and open until receive() was called; returns its serial.
    std::uint32_t send(Message message, std::vector<int> fds = {});
    // Sends what is queued, and waits for the next message. Errors: those of the peer's handshake; code ETIMEDOUT:
    // nothing came by the deadline; what came is not D-Bus; the peer has closed.
    Message receive();
    // Sends what the socket takes at once. For last words, when nobody waits for an answer.
    void flush() noexcept;

private:
    // Once more data has arrived.
    void wait_for_data();
    // True when the server has accepted us.
    bool take_handshake();
    void send_queued();

    std::string socket_path_;
    Patience patience_;
    sys::UniqueFd socket_;
    std::string handshake_;  // what of it is not sent yet; before outgoing_
    std::string outgoing_, incoming_;
    std::vector<int> outgoing_fds_;
    std::size_t fds_at_ = 0;  // byte of outgoing_ with which they go
    bool is_accepted_ = false;
    std::uint32_t last_serial_ = 0;
    std::uint32_t greeting_ = 0;  // serial of Hello, until it was answered
};

}  // namespace runcxx::dbus
