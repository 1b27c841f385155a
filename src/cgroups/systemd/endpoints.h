// SPDX-License-Identifier: Apache-2.0
// Where systemd listens. Runs in: runtime.
#pragma once

#include <string>
#include <vector>

#include "dbus/connection.h"

namespace runcxx::cgroups::systemd {

// The manager of the whole system, which root asks, or the one of the calling user.
enum class Whose : std::uint8_t { System, User };

struct Endpoint {
    std::string socket;
    dbus::Peer peer;
};

// Sockets in the order in which they are to be tried: systemd's own one first (/run/systemd/private,
// $XDG_RUNTIME_DIR/systemd/private), which needs no broker and is slowed down by none; then the message bus
// ($DBUS_SYSTEM_BUS_ADDRESS, $DBUS_SESSION_BUS_ADDRESS, or where it usually is).
// Errors: nothing in the environment says where the user's manager is; a malformed address.
std::vector<Endpoint> endpoints_of(Whose whose);

}  // namespace runcxx::cgroups::systemd
