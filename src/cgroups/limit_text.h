// SPDX-License-Identifier: Apache-2.0
// Texts of control files that are the same on v1 and v2. Pure.
// Runs in: runtime.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "oci/spec.h"

namespace runcxx::cgroups {

// pids.max: 0 means 1 (systemd's TasksMax cannot be 0, and both drivers shall agree), below 0 "max".
std::string pids_max(std::int64_t limit);
// "mlx5_1 hca_handle=3 hca_object=10000" for each device.
std::vector<std::string> rdma_max(const oci::Resources& resources);
// "8:0 <value>", with "<name>=" before the value for io.max.
std::string device_value(std::int64_t major, std::int64_t minor, std::uint64_t value,
                         const char* name = nullptr);
std::vector<std::string> device_values(const std::vector<oci::ThrottleDevice>& devices,
                                       const char* name = nullptr);

}  // namespace runcxx::cgroups
