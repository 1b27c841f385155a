// SPDX-License-Identifier: Apache-2.0
// linux.netDevices: interfaces of the runtime's network namespace that go to the container's, with their
// permanent global addresses; the kernel keeps hardware address, MTU and the like. Routes are lost, as with
// every interface that is taken down. Runs in: runtime. Must not: fetch anything back from a container that has
// come to be (runtime-spec, config-linux.md, "Namespace Lifecycle and Container Termination").
#pragma once

#include <string>
#include <vector>

#include "sys/route_socket.h"
#include "sys/unique_fd.h"

namespace runcxx::network {

class MovedDevices {
public:
    // An fd of the container's network namespace keeps it alive until we go, so that give_back() finds the
    // interfaces even when the container's processes are gone.
    explicit MovedDevices(sys::UniqueFd container_namespace);

    // Takes `host_name` down, moves it, names it `inside` (empty: as on the host; "eth%d": the kernel numbers it), adds
    // its addresses and sets it up. Errors: "link not found for interface X on runtime namespace: no such device"; a name that is taken;
    // what was moved by then stays recorded for give_back().
    void move(const std::string& host_name, const std::string& inside);

    // Undoes every move(), last first: place, name, addresses and state as they were. What cannot be undone is
    // a warning.
    void give_back() noexcept;

private:
    struct Device {
        std::string host_name;
        std::string passing_name;  // unique, while it has no other
        bool was_up = false;
        std::vector<sys::InterfaceAddress> addresses;  // the ones to keep
        int index_inside = 0;                          // 0: not seen there
    };
    struct Side {
        sys::UniqueFd network_namespace;
        sys::RouteSocket socket;
    };

    static int carry(int index, const Device& device, const Side& from, const Side& to);
    static void settle(int index, const std::string& name, const Device& device, bool up, const Side& side);
    void give_back(const Device& device) const;

    Side host_, container_;
    std::vector<Device> devices_;
};

}  // namespace runcxx::network
