// SPDX-License-Identifier: Apache-2.0
// What run and restore have in common: a plan is carried out, detached or in the foreground until the container's end.
// Runs in: runtime.
#pragma once

#include <functional>

#include "container/bring_up.h"
#include "container/plan.h"
#include "sys/poll.h"

namespace runcxx::container {

// Makes the container's processes; their lock is held then.
using Launch = std::function<Running(InitIo io)>;

// Returns the exit code: 0 when detached, else the container's, which is deleted then (unless the plan says to keep it).
int run_plan(const Plan& plan, sys::SignalFd& signals, const Launch& launch);

}  // namespace runcxx::container
