// SPDX-License-Identifier: Apache-2.0
// How the process of exec comes into the container's cgroup and namespaces.
// Runs in: runtime.
#pragma once

#include <memory>

#include "container/bring_up.h"
#include "container/exec_plan.h"
#include "launch/init_process.h"

namespace runcxx::container {

// An init that has entered the namespaces, is in the cgroup, and waits for its turn to set up the process.
// Errors: those of the namespaces; "can't open cgroup: ...", "error adding pid N to cgroups: ..." (forgiven for
// rootless containers); "error setting initial CPU affinity: ...".
std::unique_ptr<launch::InitProcess> give_birth(const ExecPlan& plan, InitIo io, sys::SignalFd& signals);

}  // namespace runcxx::container
