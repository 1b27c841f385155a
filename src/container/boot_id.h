// SPDX-License-Identifier: Apache-2.0
// Which boot of the host this is: recorded pids and cgroups mean something in their own boot only.
// Runs in: runtime.
#pragma once

#include <string>

namespace runcxx::container {

// /proc/sys/kernel/random/boot_id (random(4)).
std::string current_boot_id();

}  // namespace runcxx::container
