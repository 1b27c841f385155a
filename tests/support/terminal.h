// SPDX-License-Identifier: Apache-2.0
// The caller's side of terminals: pseudo terminals to hand out as stdio, and the sockets on which runtimes
// deliver descriptors (--console-socket, --pidfd-socket, seccomp listeners, sd_notify).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/fd.h"

namespace runcxx::tests {

struct Pty {
    Fd master, slave;
    std::string name;  // "/dev/pts/N"

    void resize(int rows, int columns) const;
    void send(const std::string& text) const;
    // Reads from the master until `text` was seen or the time is over; returns everything read.
    std::string read_until(const std::string& text, double seconds = 10) const;
};

Pty open_pty();
// The same conversation on a master that came through a console socket.
std::string read_until(const Fd& master, const std::string& text, double seconds = 10);

// A listening AF_UNIX stream socket that takes one message with descriptors per connection.
class DescriptorSocket {
public:
    explicit DescriptorSocket(std::filesystem::path path);

    struct Message {
        std::string text;
        std::vector<Fd> fds;
    };
    // Waits for a connection and its message; an empty message at the deadline.
    Message receive(double seconds = 10);
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    Fd listener_;
};

// An AF_UNIX datagram socket, as systemd's NOTIFY_SOCKET.
class DatagramSocket {
public:
    explicit DatagramSocket(const std::filesystem::path& path);
    // One datagram ("" at the deadline); descriptors that come with it are closed, which answers a BARRIER.
    std::string receive(double seconds = 10);

private:
    Fd socket_;
};

}  // namespace runcxx::tests
