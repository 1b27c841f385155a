// SPDX-License-Identifier: Apache-2.0
// The kernel moves an interface first and renames it then, so a name that is taken leaves it on the other side
// under the old one. Here it travels under a name that nobody has: whatever fails, it can be found.
#include "network/devices.h"

#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/paths.h"
#include "sys/child_process.h"
#include "sys/file.h"

namespace runcxx::network {
namespace {

// Only what was configured for good and means something outside of this namespace: no leases, no link-local
// addresses.
bool is_to_be_kept(const sys::InterfaceAddress& address) {
    return (address.flags & IFA_F_PERMANENT) != 0 && address.scope == RT_SCOPE_UNIVERSE;
}

void require(int error, const std::string& what) {
    if (error != 0) throw Error::from_errno(error, what);
}

}  // namespace

MovedDevices::MovedDevices(sys::UniqueFd container_namespace)
    : host_{sys::open_file(HostPath("/proc/self/ns/net"), O_RDONLY), {}},
      container_{sys::UniqueFd(), sys::RouteSocket(container_namespace)} {
    container_.network_namespace = std::move(container_namespace);
}

void MovedDevices::move(const std::string& host_name, const std::string& inside) {
    const auto link = host_.socket.find(host_name);
    if (!link)
        throw Error::from_errno(
            ENODEV, fmt::format("link not found for interface {} on runtime namespace", host_name));
    auto& device = devices_.emplace_back();
    device.host_name = link->name;  // what was given may be an alternative name of it
    device.passing_name = fmt::format("rcx{:x}-{:x}", sys::own_pid(), devices_.size());
    device.was_up = link->is_up;
    // Before it goes down: IPv6 addresses go then.
    device.addresses = host_.socket.addresses(link->index);
    std::erase_if(device.addresses, [](const auto& each) { return !is_to_be_kept(each); });

    require(host_.socket.try_set_up(link->index, false), "fail to set link down");
    device.index_inside = carry(link->index, device, host_, container_);
    settle(device.index_inside, inside.empty() ? link->name : inside, device, true, container_);
}

// Returns the index on the other side: the kernel changes it when it is taken there.
int MovedDevices::carry(int index, const Device& device, const Side& from, const Side& to) {
    require(from.socket.try_move(index, device.passing_name, to.network_namespace),
            fmt::format("fail to move network device {}", device.host_name));
    const auto arrived = to.socket.find(device.passing_name);
    if (!arrived)
        throw Error::from_errno(ENODEV, fmt::format("network device {} does not arrive", device.host_name));
    return arrived->index;
}

void MovedDevices::settle(int index, const std::string& name, const Device& device, bool up,
                          const Side& side) {
    require(side.socket.try_rename(index, name),
            fmt::format("fail to name network device {} {}", device.host_name, name));
    for (const auto& address : device.addresses) {
        const int error = side.socket.try_add_address(index, address);
        if (error != EEXIST) require(error, fmt::format("fail to set up address {}", address.text()));
    }
    if (up) require(side.socket.try_set_up(index, true), fmt::format("fail to set up interface {}", name));
}

void MovedDevices::give_back(const Device& device) const {
    auto index = device.index_inside;
    if (index == 0)
        if (const auto link = container_.socket.find(device.passing_name)) index = link->index;
    if (index != 0) {
        require(container_.socket.try_set_up(index, false), "fail to set link down");
        index = carry(index, device, container_, host_);
    } else {
        // It has not left, but it may be down.
        const auto link = host_.socket.find(device.host_name);
        if (!link) throw Error::from_errno(ENODEV, "look for it");
        index = link->index;
    }
    settle(index, device.host_name, device, device.was_up, host_);
}

void MovedDevices::give_back() noexcept {
    for (auto device = devices_.rbegin(); device != devices_.rend(); ++device) {
        try {
            give_back(*device);
        } catch (const std::exception& error) {
            log::warning("network device {} is not as it was before: {}", device->host_name, error.what());
        }
    }
    devices_.clear();
}

}  // namespace runcxx::network
