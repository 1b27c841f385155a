// SPDX-License-Identifier: Apache-2.0
// `pause` and `resume`: no process of the container runs between the two.
// Runs in: runtime.
#pragma once

#include <string>

#include "base/paths.h"

namespace runcxx::container {

// Returns when every process is frozen. When that fails, takes too long (see Manager::freeze) or is interrupted by
// a signal, all of them run again. Killed by SIGKILL meanwhile, it leaves a paused container. Errors: NotRunning
// "container not running", also when it is paused already; those of Manager::freeze, which name the tasks that did
// not freeze.
void pause(const HostPath& root, const std::string& id);

// What the container froze by itself, in cgroups below its own, stays so. Errors: "container not paused".
void resume(const HostPath& root, const std::string& id);

}  // namespace runcxx::container
