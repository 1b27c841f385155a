// SPDX-License-Identifier: Apache-2.0
// `kill`: a signal for the container's init, or for all its processes.
// Runs in: runtime.
#pragma once

#include <string>

#include "base/paths.h"

namespace runcxx::container {

// `signal`: a number or a name, any case, with or without SIG. all: a container without live processes is
// fine. SIGKILL for a container that shares its pid namespace reaches every process of its cgroup. Errors:
// NotRunning "container not running"; "unknown signal ..." (after the container was found).
void kill(const HostPath& root, const std::string& id, const std::string& signal, bool all);

}  // namespace runcxx::container
