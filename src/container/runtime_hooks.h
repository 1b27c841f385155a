// SPDX-License-Identifier: Apache-2.0
// The hooks that run in the runtime's namespaces when the container's are there: prestart and createRuntime (runtime-spec,
// "POSIX-platform Hooks"). Runs in: runtime.
#pragma once

#include <sys/types.h>

#include "config/container.h"
#include "container/hook_output.h"
#include "container/records.h"
#include "sys/poll.h"

namespace runcxx::container {

// `facts`: of the container that is being made; `init` as the host sees it. A signal that asks us to stop ends the running
// hook. Errors: those of hooks::run_hooks(), "interrupted by signal N".
void run_runtime_hooks(const config::Container& config, const Intent& facts, pid_t init,
                       const HookOutput& output, sys::SignalFd& signals);

}  // namespace runcxx::container
