// SPDX-License-Identifier: Apache-2.0
#include "sys/netlink.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include <fmt/core.h>

#include "base/error.h"
#include "sys/unique_fd.h"

namespace runcxx::sys {
namespace {

ifreq request_for(const std::string& name) {
    if (name.empty() || name.size() >= IFNAMSIZ)
        throw Error(fmt::format("invalid interface name \"{}\"", name));
    ifreq request{};
    std::memcpy(request.ifr_name, name.data(), name.size());
    return request;
}

// Interface ioctls work on a socket of any family; a Unix one is the cheapest and always there.
UniqueFd any_socket() {
    UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) throw Error::from_errno(errno, "socket");
    return socket;
}

}  // namespace

void set_link_up(const std::string& name) {
    ifreq request = request_for(name);
    request.ifr_flags = IFF_UP;
    const UniqueFd socket = any_socket();
    if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) < 0)
        throw Error::from_errno(errno, fmt::format("set link {} up", name));
}

bool is_link_up(const std::string& name) {
    ifreq request = request_for(name);
    const UniqueFd socket = any_socket();
    if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) < 0)
        throw Error::from_errno(errno, fmt::format("get flags of link {}", name));
    return (request.ifr_flags & IFF_UP) != 0;
}

}  // namespace runcxx::sys
