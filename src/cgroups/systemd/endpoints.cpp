// SPDX-License-Identifier: Apache-2.0
#include "cgroups/systemd/endpoints.h"

#include "base/error.h"
#include "dbus/address.h"
#include "sys/environment.h"

namespace runcxx::cgroups::systemd {
namespace {

void add_bus(std::vector<Endpoint>& endpoints, const std::string& address) {
    for (auto& socket : dbus::parse_address(address))
        endpoints.push_back({std::move(socket), dbus::Peer::Bus});
}

}  // namespace

std::vector<Endpoint> endpoints_of(Whose whose) {
    std::vector<Endpoint> endpoints;
    if (whose == Whose::System) {
        endpoints.push_back({"/run/systemd/private", dbus::Peer::Program});
        add_bus(endpoints, sys::environment_variable("DBUS_SYSTEM_BUS_ADDRESS")
                               .value_or("unix:path=/run/dbus/system_bus_socket"));
        return endpoints;
    }
    const auto runtime_dir = sys::environment_variable("XDG_RUNTIME_DIR");
    if (runtime_dir) endpoints.push_back({*runtime_dir + "/systemd/private", dbus::Peer::Program});
    if (const auto address = sys::environment_variable("DBUS_SESSION_BUS_ADDRESS"))
        add_bus(endpoints, *address);
    else if (runtime_dir)
        endpoints.push_back({*runtime_dir + "/bus", dbus::Peer::Bus});
    if (endpoints.empty())
        throw Error(
            "cannot reach the user's systemd: neither XDG_RUNTIME_DIR nor DBUS_SESSION_BUS_ADDRESS is set");
    return endpoints;
}

}  // namespace runcxx::cgroups::systemd
