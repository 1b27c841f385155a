// SPDX-License-Identifier: Apache-2.0
// Unix sockets, with file descriptors in messages (unix(7), SCM_RIGHTS). All CLOEXEC; sends never raise
// SIGPIPE. Runs in: either.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/paths.h"
#include "sys/unique_fd.h"

namespace runcxx::sys {

struct SocketPair {
    UniqueFd runtime_end;
    UniqueFd init_end;
};
enum class SocketKind { Stream, Seqpacket, Datagram };
SocketPair make_socket_pair(SocketKind kind);

// Connects to a socket file, or with "@name" to an abstract one. Paths over 107 bytes are reached through
// /proc/self/fd.
UniqueFd connect_unix(const HostPath& path, SocketKind kind);
// The same without ever waiting, also later on: the socket is non-blocking. Empty with errno set on failure; EAGAIN:
// the peer has as many connections waiting as it takes.
UniqueFd try_connect_unix(const HostPath& path, SocketKind kind);
// Binds and, for streams, listens.
UniqueFd bind_unix(const HostPath& path, SocketKind kind);

// SO_SNDTIMEO (socket(7)): from now on sending gives up with EAGAIN after so long.
void set_send_timeout(const UniqueFd& socket, std::int64_t milliseconds);

struct Packet {
    std::string data;
    std::vector<UniqueFd> fds;
};

// One message with its fds. On a stream at least one byte must be sent. Throws on a closed peer (EPIPE).
void send_packet(const UniqueFd& socket, std::string_view data, const std::vector<int>& fds = {});
int try_send_packet(const UniqueFd& socket, std::string_view data, const std::vector<int>& fds = {});

// What a stream takes without waiting, at least one byte unless it is full (0); the fds go with the first byte. Throws
// on a closed peer.
std::size_t send_some(const UniqueFd& socket, std::string_view data, const std::vector<int>& fds = {});

// One SEQPACKET or datagram message of any size (MSG_PEEK|MSG_TRUNC first). nullopt when the peer closed, whether it had
// read all of ours or not. Throws on control data that did not fit.
std::optional<Packet> receive_packet(const UniqueFd& socket);
// What a stream has ready, 64 KiB at most. The same otherwise.
std::optional<Packet> receive_from_stream(const UniqueFd& socket);

// Reads exactly `size` bytes from a stream; throws "<object>: closed after N of M bytes".
std::string receive_exactly(const UniqueFd& socket, std::size_t size, std::string_view object);

}  // namespace runcxx::sys
