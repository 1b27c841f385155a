// SPDX-License-Identifier: Apache-2.0
// linux.netDevices for the network namespace of an init that is there. Runs in: runtime.
#pragma once

#include <sys/types.h>

#include <optional>

#include "config/container.h"
#include "network/devices.h"

namespace runcxx::container {

// `moved` is made if there is something to move, and remembers what was until an error. Errors: "error creating network
// interfaces: move netDevice X to namespace P: ...".
void bring_network_devices(const config::Container& config, pid_t init,
                           std::optional<network::MovedDevices>& moved);

}  // namespace runcxx::container
