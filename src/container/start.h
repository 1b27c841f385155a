// SPDX-License-Identifier: Apache-2.0
// `start`: lets the init of a created container execute its program.
// Runs in: runtime.
#pragma once

#include <string>

#include "base/paths.h"

namespace runcxx::container {

// Errors: "cannot start an already running container", "cannot start a container that has stopped",
// "cannot start a container in the paused state"; a failed poststart hook kills the container.
void start(const HostPath& root, const std::string& id);

}  // namespace runcxx::container
