// SPDX-License-Identifier: Apache-2.0
#include "sys/route_socket.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/core.h>

#include "base/error.h"
#include "sys/retry.h"
#include "sys/socket.h"
#include "sys/worker.h"

namespace runcxx::sys {
namespace {

constexpr std::size_t kAnswerSize = 32768;  // what the kernel fills at most per message of a dump
constexpr int kDumpTries = 5;
// Flags an address is given; the others tell of its state.
constexpr std::uint32_t kSettableFlags =
    IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;

constexpr std::size_t aligned(std::size_t size) {
    return (size + NLMSG_ALIGNTO - 1) & ~std::size_t{NLMSG_ALIGNTO - 1};
}

int try_open_socket() {
    return ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

UniqueFd open_socket_in(const UniqueFd& network_namespace) {
    auto sockets = make_socket_pair(SocketKind::Seqpacket);
    const Worker visitor([&] {
        const bool inside = ::setns(network_namespace.get(), CLONE_NEWNET) == 0;
        const UniqueFd socket(inside ? try_open_socket() : -1);
        const int error = socket ? 0 : errno;
        std::vector<int> fds;
        if (socket) fds.push_back(socket.get());
        try_send_packet(sockets.init_end, {reinterpret_cast<const char*>(&error), sizeof error}, fds);
    });
    sockets.init_end.reset();
    auto packet = receive_packet(sockets.runtime_end);
    int error = EPIPE;
    if (packet && packet->data.size() == sizeof error) std::memcpy(&error, packet->data.data(), sizeof error);
    if (error == 0 && packet->fds.size() == 1) return std::move(packet->fds.front());
    throw Error::from_errno(error == 0 ? EPIPE : error, "open a netlink socket in the network namespace");
}

// Calls take(type, payload) for each attribute; stops at one that does not fit.
template <class Take>
void each_attribute(std::string_view bytes, const Take& take) {
    while (bytes.size() >= sizeof(rtattr)) {
        rtattr header{};
        std::memcpy(&header, bytes.data(), sizeof header);
        if (header.rta_len < sizeof header || header.rta_len > bytes.size()) return;
        take(static_cast<std::uint16_t>(header.rta_type & NLA_TYPE_MASK),
             bytes.substr(sizeof header, header.rta_len - sizeof header));
        bytes.remove_prefix(std::min(aligned(header.rta_len), bytes.size()));
    }
}

// The fixed part of a message and what is behind it; false when it is too short.
template <class Fixed>
bool split_message(std::string_view message, Fixed& fixed, std::string_view& attributes) {
    if (message.size() < sizeof fixed) return false;
    std::memcpy(&fixed, message.data(), sizeof fixed);
    attributes = message.substr(std::min(aligned(sizeof fixed), message.size()));
    return true;
}

}  // namespace

// One request, being put together.
class RouteSocket::Request {
public:
    template <class Fixed>
    Request(std::uint16_t type, std::uint16_t flags, const Fixed& fixed) {
        nlmsghdr header{};
        header.nlmsg_type = type;
        header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
        append(&header, sizeof header);
        append(&fixed, sizeof fixed);
    }
    void add(std::uint16_t type, std::string_view payload) {
        rtattr header{};
        header.rta_type = type;
        header.rta_len = static_cast<std::uint16_t>(sizeof header + payload.size());
        append(&header, sizeof header, false);
        append(payload.data(), payload.size());
    }
    void add_text(std::uint16_t type, const std::string& text) { add(type, {text.c_str(), text.size() + 1}); }
    void add_number(std::uint16_t type, std::uint32_t number) {
        add(type, {reinterpret_cast<const char*>(&number), sizeof number});
    }
    std::string bytes() const {
        auto result = bytes_;
        const auto size = static_cast<std::uint32_t>(result.size());
        std::memcpy(result.data() + offsetof(nlmsghdr, nlmsg_len), &size, sizeof size);
        return result;
    }

private:
    void append(const void* data, std::size_t size, bool align = true) {
        bytes_.append(static_cast<const char*>(data), size);
        if (align) bytes_.resize(aligned(bytes_.size()));
    }
    std::string bytes_;
};

RouteSocket::RouteSocket() : socket_(try_open_socket()) {
    if (!socket_) throw Error::from_errno(errno, "open a netlink socket");
}

RouteSocket::RouteSocket(const UniqueFd& network_namespace) : socket_(open_socket_in(network_namespace)) {}

template <class Take>
int RouteSocket::try_query(const Request& request, const Take& take) const {
    const auto bytes = request.bytes();
    if (retry([&] { return ::send(socket_.get(), bytes.data(), bytes.size(), 0); }) < 0) return errno;
    std::array<char, kAnswerSize> buffer{};
    bool interrupted = false;
    for (;;) {
        const auto size = retry([&] { return ::recv(socket_.get(), buffer.data(), buffer.size(), 0); });
        if (size < 0) return errno;
        std::string_view left(buffer.data(), static_cast<std::size_t>(size));
        while (left.size() >= sizeof(nlmsghdr)) {
            nlmsghdr header{};
            std::memcpy(&header, left.data(), sizeof header);
            if (header.nlmsg_len < sizeof header || header.nlmsg_len > left.size()) return EBADMSG;
            const auto message = left.substr(sizeof header, header.nlmsg_len - sizeof header);
            left.remove_prefix(std::min(aligned(header.nlmsg_len), left.size()));
            interrupted = interrupted || (header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
            if (header.nlmsg_type == NLMSG_DONE) return interrupted ? EINTR : 0;
            if (header.nlmsg_type == NLMSG_ERROR) {
                nlmsgerr answer{};
                std::string_view rest;
                return split_message(message, answer, rest) ? -answer.error : EBADMSG;
            }
            take(message);
        }
    }
}

int RouteSocket::try_execute(const Request& request) const {
    return try_query(request, [](std::string_view) {});
}

std::optional<Link> RouteSocket::find(const std::string& name) const {
    const ifinfomsg any{};
    Request request(RTM_GETLINK, NLM_F_ACK, any);
    request.add_text(IFLA_IFNAME, name);
    std::optional<Link> found;
    const int error = try_query(request, [&](std::string_view message) {
        ifinfomsg info{};
        std::string_view attributes;
        if (!split_message(message, info, attributes)) return;
        found = Link{.index = info.ifi_index, .name = {}, .is_up = (info.ifi_flags & IFF_UP) != 0};
        each_attribute(attributes, [&](std::uint16_t type, std::string_view value) {
            if (type == IFLA_IFNAME) found->name = value.substr(0, value.find('\0'));
        });
    });
    if (error == ENODEV) return std::nullopt;
    if (error != 0) throw Error::from_errno(error, fmt::format("look for network device {}", name));
    return found;
}

std::vector<InterfaceAddress> RouteSocket::addresses(int index) const {
    const ifaddrmsg any{};
    const Request request(RTM_GETADDR, NLM_F_DUMP, any);
    std::vector<InterfaceAddress> found;
    const auto take = [&](std::string_view message) {
        ifaddrmsg info{};
        std::string_view attributes;
        if (!split_message(message, info, attributes) || static_cast<int>(info.ifa_index) != index) return;
        InterfaceAddress address{.family = info.ifa_family,
                                 .prefix_length = info.ifa_prefixlen,
                                 .scope = info.ifa_scope,
                                 .flags = info.ifa_flags,
                                 .attributes = {}};
        each_attribute(attributes, [&](std::uint16_t type, std::string_view value) {
            if (type == IFA_FLAGS && value.size() == sizeof address.flags)
                std::memcpy(&address.flags, value.data(), sizeof address.flags);
            if (type == IFA_ADDRESS || type == IFA_LOCAL || type == IFA_BROADCAST || type == IFA_RT_PRIORITY)
                address.attributes.emplace_back(type, value);
        });
        found.push_back(std::move(address));
    };
    // EINTR: something changed while the kernel was listing.
    int error = EINTR;
    for (int i = 0; i < kDumpTries && error == EINTR; ++i) {
        found.clear();
        error = try_query(request, take);
    }
    if (error != 0) throw Error::from_errno(error, "list the addresses of network devices");
    return found;
}

int RouteSocket::try_set_up(int index, bool up) const {
    ifinfomsg info{};
    info.ifi_index = index;
    info.ifi_flags = up ? IFF_UP : 0;
    info.ifi_change = IFF_UP;
    return try_execute(Request(RTM_NEWLINK, NLM_F_ACK, info));
}

int RouteSocket::try_rename(int index, const std::string& name) const {
    ifinfomsg info{};
    info.ifi_index = index;
    Request request(RTM_NEWLINK, NLM_F_ACK, info);
    request.add_text(IFLA_IFNAME, name);
    return try_execute(request);
}

int RouteSocket::try_move(int index, const std::string& name, const UniqueFd& network_namespace) const {
    ifinfomsg info{};
    info.ifi_index = index;
    Request request(RTM_NEWLINK, NLM_F_ACK, info);
    request.add_text(IFLA_IFNAME, name);
    request.add_number(IFLA_NET_NS_FD, static_cast<std::uint32_t>(network_namespace.get()));
    return try_execute(request);
}

int RouteSocket::try_add_address(int index, const InterfaceAddress& address) const {
    ifaddrmsg info{};
    info.ifa_family = address.family;
    info.ifa_prefixlen = address.prefix_length;
    info.ifa_scope = address.scope;
    info.ifa_index = static_cast<std::uint32_t>(index);
    Request request(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, info);
    for (const auto& [type, value] : address.attributes)
        request.add(type, value);
    request.add_number(IFA_FLAGS, address.flags & kSettableFlags);
    return try_execute(request);
}

std::string InterfaceAddress::text() const {
    std::string bytes;
    for (const auto& [type, value] : attributes)
        if (type == IFA_LOCAL || (type == IFA_ADDRESS && bytes.empty())) bytes = value;
    std::array<char, INET6_ADDRSTRLEN> shown{};
    const std::size_t wanted = family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
    if (bytes.size() != wanted || ::inet_ntop(family, bytes.data(), shown.data(), shown.size()) == nullptr)
        return fmt::format("of family {}", family);
    return fmt::format("{}/{}", shown.data(), prefix_length);
}

}  // namespace runcxx::sys
