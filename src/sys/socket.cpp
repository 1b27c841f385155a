// SPDX-License-Identifier: Apache-2.0
#include "sys/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <fmt/core.h>

#include "base/error.h"
#include "sys/file.h"
#include "sys/retry.h"

namespace runcxx::sys {
namespace {

constexpr std::size_t kMaxFdsPerMessage = 253;  // SCM_MAX_FD, unix(7)

int type_of(SocketKind kind) {
    switch (kind) {
        case SocketKind::Stream:
            return SOCK_STREAM | SOCK_CLOEXEC;
        case SocketKind::Seqpacket:
            return SOCK_SEQPACKET | SOCK_CLOEXEC;
        case SocketKind::Datagram:
            return SOCK_DGRAM | SOCK_CLOEXEC;
    }
    return SOCK_STREAM | SOCK_CLOEXEC;
}

// A socket address for any path length: a long one is named through an fd of its directory, which must stay
// open as long as the address is used.
struct Address {
    sockaddr_un un{};
    socklen_t size = sizeof(sockaddr_un);
    UniqueFd directory;
};

Address address_of(const HostPath& path) {
    Address address;
    address.un.sun_family = AF_UNIX;
    std::string text = path.str();
    // "@name" is the abstract namespace, whose names are counted and start with a NUL (unix(7)).
    if (text.starts_with('@') && text.size() < sizeof address.un.sun_path) {
        std::memcpy(address.un.sun_path + 1, text.data() + 1, text.size() - 1);
        address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size());
        return address;
    }
    if (text.size() >= sizeof address.un.sun_path) {
        address.directory = open_file(HostPath(dir_name(text)), O_PATH | O_DIRECTORY);
        text = fmt::format("{}/{}", proc_fd_path(address.directory), base_name(text));
    }
    if (text.size() >= sizeof address.un.sun_path)
        throw Error(fmt::format("socket path {} is too long", path.str()));
    std::memcpy(address.un.sun_path, text.c_str(), text.size() + 1);
    return address;
}

UniqueFd new_socket(SocketKind kind) {
    UniqueFd fd(::socket(AF_UNIX, type_of(kind), 0));
    if (!fd) throw Error::from_errno(errno, "create a unix socket");
    return fd;
}

std::optional<Packet> receive(const UniqueFd& socket, std::size_t limit) {
    Packet packet;
    packet.data.resize(limit);
    alignas(cmsghdr) char control[CMSG_SPACE(kMaxFdsPerMessage * sizeof(int))];
    iovec body{packet.data.data(), packet.data.size()};
    msghdr message{};
    message.msg_iov = &body;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const auto received = retry([&] { return ::recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC); });
    if (received < 0) throw Error::from_errno(errno, "receive message");
    if (received == 0) return std::nullopt;
    packet.data.resize(static_cast<std::size_t>(received));
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
            packet.fds.emplace_back(fd);
        }
    }
    if ((message.msg_flags & MSG_CTRUNC) != 0)
        throw Error("receive message: file descriptors were lost (limit of open files reached?)");
    return packet;
}

}  // namespace

SocketPair make_socket_pair(SocketKind kind) {
    int ends[2];
    if (::socketpair(AF_UNIX, type_of(kind), 0, ends) < 0) throw Error::from_errno(errno, "socketpair");
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

UniqueFd connect_unix(const HostPath& path, SocketKind kind) {
    auto fd = new_socket(kind);
    const auto address = address_of(path);
    if (retry([&] {
            return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.un), address.size);
        }) < 0)
        throw Error::from_errno(errno, fmt::format("dial unix {}: connect", path.str()));
    return fd;
}

void set_send_timeout(const UniqueFd& socket, std::int64_t milliseconds) {
    const timeval limit{milliseconds / 1000, (milliseconds % 1000) * 1000};
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0)
        throw Error::from_errno(errno, "set the send timeout of a socket");
}

UniqueFd try_connect_unix(const HostPath& path, SocketKind kind) {
    UniqueFd fd(::socket(AF_UNIX, type_of(kind) | SOCK_NONBLOCK, 0));
    if (!fd) return fd;
    const auto address = address_of(path);
    // Of a local socket this succeeds or fails, it is never "in progress".
    if (retry([&] {
            return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.un), address.size);
        }) < 0)
        fd.reset();
    return fd;
}

UniqueFd bind_unix(const HostPath& path, SocketKind kind) {
    auto fd = new_socket(kind);
    const auto address = address_of(path);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.un), address.size) < 0)
        throw Error::from_errno(errno, fmt::format("bind unix socket {}", path.str()));
    if (kind != SocketKind::Datagram && ::listen(fd.get(), 8) < 0)
        throw Error::from_errno(errno, fmt::format("listen on unix socket {}", path.str()));
    return fd;
}

namespace {

// sendmsg(2) of data that travels with descriptors.
class Outgoing {
public:
    Outgoing(std::string_view data, const std::vector<int>& fds)
        : body_{const_cast<char*>(data.data()), data.size()} {
        message_.msg_iov = &body_;
        message_.msg_iovlen = 1;
        if (fds.empty()) return;
        message_.msg_control = control_;
        message_.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
        cmsghdr* header = CMSG_FIRSTHDR(&message_);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
        std::memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
    }
    Outgoing(const Outgoing&) = delete;
    Outgoing& operator=(const Outgoing&) = delete;

    ssize_t send(const UniqueFd& socket) {
        const auto sent = retry([&] { return ::sendmsg(socket.get(), &message_, MSG_NOSIGNAL); });
        if (sent < 0) return sent;
        // Only a stream can take less than all; the fds went with its first byte.
        body_.iov_base = static_cast<char*>(body_.iov_base) + sent;
        body_.iov_len -= static_cast<std::size_t>(sent);
        message_.msg_control = nullptr;
        message_.msg_controllen = 0;
        return sent;
    }
    bool is_done() const { return body_.iov_len == 0; }

private:
    alignas(cmsghdr) char control_[CMSG_SPACE(kMaxFdsPerMessage * sizeof(int))] = {};
    iovec body_;
    msghdr message_{};
};

}  // namespace

int try_send_packet(const UniqueFd& socket, std::string_view data, const std::vector<int>& fds) {
    if (fds.size() > kMaxFdsPerMessage) return E2BIG;
    Outgoing outgoing(data, fds);
    do {
        if (outgoing.send(socket) < 0) return errno;
    } while (!outgoing.is_done());
    return 0;
}

std::size_t send_some(const UniqueFd& socket, std::string_view data, const std::vector<int>& fds) {
    if (fds.size() > kMaxFdsPerMessage) throw Error::from_errno(E2BIG, "send message");
    const auto sent = Outgoing(data, fds).send(socket);
    if (sent < 0 && errno == EAGAIN) return 0;
    if (sent < 0) throw Error::from_errno(errno, "send message");
    return static_cast<std::size_t>(sent);
}

void send_packet(const UniqueFd& socket, std::string_view data, const std::vector<int>& fds) {
    if (const int error = try_send_packet(socket, data, fds); error != 0)
        throw Error::from_errno(error, "send message");
}

std::optional<Packet> receive_packet(const UniqueFd& socket) {
    const auto peek = [&] {
        return retry([&] { return ::recv(socket.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC); });
    };
    auto size = peek();
    // The peer ended without reading what we had sent. The kernel says that once, before what the peer sent.
    if (size < 0 && errno == ECONNRESET) size = peek();
    if (size < 0) throw Error::from_errno(errno, "receive message");
    // Either the peer is gone or it sent an empty packet; our protocols have no empty packets.
    if (size == 0) return std::nullopt;
    return receive(socket, static_cast<std::size_t>(size));
}

std::optional<Packet> receive_from_stream(const UniqueFd& socket) {
    constexpr std::size_t kLimit = 65536;
    return receive(socket, kLimit);
}

std::string receive_exactly(const UniqueFd& socket, std::size_t size, std::string_view object) {
    std::string data(size, '\0');
    std::size_t used = 0;
    while (used < size) {
        const auto n = retry([&] { return ::read(socket.get(), data.data() + used, size - used); });
        if (n < 0) throw Error::from_errno(errno, fmt::format("read {}", object));
        if (n == 0) throw Error(fmt::format("{}: closed after {} of {} bytes", object, used, size));
        used += static_cast<std::size_t>(n);
    }
    return data;
}

}  // namespace runcxx::sys
