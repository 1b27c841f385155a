// SPDX-License-Identifier: Apache-2.0
// `ps`: which processes a container has.
// Runs in: runtime.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/paths.h"

namespace runcxx::container {

// As the host numbers them, ascending: those of the container's cgroup and everything below; without a cgroup those of
// its pid namespace and the descendants of init. None when the container is stopped.
std::vector<pid_t> processes(const HostPath& root, const std::string& id);

}  // namespace runcxx::container
