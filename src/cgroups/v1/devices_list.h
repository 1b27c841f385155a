// SPDX-License-Identifier: Apache-2.0
// The device rules of a v1 cgroup as text: devices.list, and the shortest way from one state to another by lines for
// devices.allow and devices.deny. Pure. Runs in: runtime.
#pragma once

#include <string>
#include <vector>

#include "cgroups/device_rules.h"

namespace runcxx::cgroups::v1 {

// One line for devices.allow or devices.deny.
struct DeviceWrite {
    bool allow = false;
    std::string line;

    bool operator==(const DeviceWrite&) const = default;
};

// The content of devices.list. What an allow-all cgroup denies is not shown by the kernel.
DeviceState parse_devices_list(const std::string& list);

// The writes that lead from `from` to `to`, exceptions ordered by major, minor and type.
std::vector<DeviceWrite> device_writes(const DeviceState& from, const DeviceState& to);
// The same from a state that was not read: first the mode, then every exception.
std::vector<DeviceWrite> all_device_writes(const DeviceState& to);

}  // namespace runcxx::cgroups::v1
