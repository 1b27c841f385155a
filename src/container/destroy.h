// SPDX-License-Identifier: Apache-2.0
// Taking a container apart: its processes, cgroups, state directory, in that order, each step idempotent.
// Runs in: runtime.
#pragma once

#include "container/handle.h"

namespace runcxx::container {

// Kills what still lives (thawing it), waits for it, removes the cgroups and the directory, runs the poststop
// hooks. A cgroup that another container of the same root has come to use since init ended is left alone, with a
// warning. Precondition: the lock is held. Errors name what is left.
void destroy(Handle& container);

// In the runtime's namespaces and the caller's directory, the container being gone.
void run_poststop_hooks(const Intent& facts);

// Ends init and, where the pid namespace does not end with it, everything else in the container's cgroup.
// Returns when they are gone; Error with the survivors after 10 s.
void kill_everything(Handle& container);

// The container's own OCI state, as hooks get it. pid: as the receiver sees it; 0: none.
std::string hook_state(const Intent& facts, std::string_view status, pid_t pid);

}  // namespace runcxx::container
