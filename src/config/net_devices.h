// SPDX-License-Identifier: Apache-2.0
// The rules of linux.netDevices.
// Runs in: runtime.
#pragma once

#include <map>
#include <string>

#include "config/container.h"
#include "oci/spec.h"

namespace runcxx::config {

// Errors: no network namespace, an unprivileged user, a name that the kernel would not take for an interface.
void check_net_devices(const std::map<std::string, oci::NetDevice>& devices, const Namespaces& namespaces,
                       bool rootless);

}  // namespace runcxx::config
