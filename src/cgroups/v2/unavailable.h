// SPDX-License-Identifier: Apache-2.0
// Why a cgroup lacks a controller. Enabling one is a chain: every cgroup from the root on has to pass it on
// (cgroup.subtree_control), and each can refuse for a reason of its own. Runs in: runtime.
#pragma once

#include <string>
#include <string_view>

#include "cgroups/directory.h"

namespace runcxx::cgroups::v2 {

// Which cgroup above `path` does not pass `controller` on, why (processes inside, threaded, real-time processes, no
// permission), and what to do. Tries to enable it there once more, as the errno is the reason. Empty when `path` has the
// controller. `mount` is where the hierarchy begins. Never throws.
std::string why_unavailable(const Root& root, const std::string& mount, const std::string& path,
                            std::string_view controller) noexcept;

}  // namespace runcxx::cgroups::v2
