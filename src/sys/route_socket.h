// SPDX-License-Identifier: Apache-2.0
// Network interfaces and their addresses through a route netlink socket (rtnetlink(7)). A socket belongs to the
// network namespace in which it was made, wherever its holder is: this is how another namespace is looked into
// and changed without going there. Errors name the call and the interface. Runs in: runtime.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sys/unique_fd.h"

namespace runcxx::sys {

struct Link {
    int index = 0;
    std::string name;
    bool is_up = false;  // IFF_UP
};

// An address as it was listed, good for being added again.
struct InterfaceAddress {
    std::uint8_t family = 0;  // AF_INET, AF_INET6
    std::uint8_t prefix_length = 0;
    std::uint8_t scope = 0;   // RT_SCOPE_*
    std::uint32_t flags = 0;  // IFA_F_*
    // What makes the address itself, as attributes: IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_RT_PRIORITY.
    std::vector<std::pair<std::uint16_t, std::string>> attributes;

    // "10.0.0.1/24", for messages.
    std::string text() const;
};

class RouteSocket {
public:
    // Of the caller's own network namespace, or of the one that the fd refers to (visited by a forked child).
    RouteSocket();
    explicit RouteSocket(const UniqueFd& network_namespace);

    // nullopt: no such interface.
    std::optional<Link> find(const std::string& name) const;
    std::vector<InterfaceAddress> addresses(int index) const;

    // The rest return 0 or the errno.
    int try_set_up(int index, bool up) const;
    // A name with "%d" in it lets the kernel choose the number. The interface must be down before Linux 6.2.
    int try_rename(int index, const std::string& name) const;
    // Moves and renames. If it fails with EEXIST the interface may have moved, under its old name.
    int try_move(int index, const std::string& name, const UniqueFd& network_namespace) const;
    int try_add_address(int index, const InterfaceAddress& address) const;

private:
    class Request;
    int try_execute(const Request& request) const;
    // Calls take(bytes of one RTM_* message behind its header) for every answer.
    template <class Take>
    int try_query(const Request& request, const Take& take) const;

    UniqueFd socket_;
};

}  // namespace runcxx::sys
