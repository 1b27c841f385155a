// SPDX-License-Identifier: Apache-2.0
// Device nodes of a container and the device rules of its cgroup: the defaults that every container gets, and
// the decoding of linux.devices and linux.resources.devices. Runs in: runtime.
#pragma once

#include <vector>

#include "config/container.h"
#include "oci/spec.h"

namespace runcxx::config {

// The default nodes that no configured device replaces, then the configured ones. /dev/ptmx (always a link)
// and devices without a path are left out. With a user namespace all nodes belong to the container's root.
// Errors: an unknown type, a number that is none.
std::vector<DeviceNode> resolve_devices(const std::vector<oci::Device>& devices, bool has_user_namespace);

// Checks rules and normalises them: a type always, absent numbers instead of -1. Precondition: none.
// Errors: "device access at I field cannot be empty", an unknown type, a number that is none.
void normalise_device_rules(std::vector<oci::DeviceCgroup>& rules);

// What is always appended to the configured rules: mknod of anything, the default nodes (but for those whose
// path a configured device takes, as runc does it), ptys, /dev/ptmx, /dev/net/tun.
std::vector<oci::DeviceCgroup> default_device_rules(const std::vector<oci::Device>& devices);

}  // namespace runcxx::config
