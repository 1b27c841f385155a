// SPDX-License-Identifier: Apache-2.0
// Scheduler, I/O priority, personality and memory policy of the container's process; all inherited over
// execve. Runs in: init.
#pragma once

#include <cstdint>

#include "config/container.h"

namespace runcxx::process {

// sched_setattr(2). Errors: "error setting scheduler: ..." with the usual cause of EPERM.
void set_scheduler(const config::SchedulerSetup& scheduler);
// ioprio_set(2), value = class << 13 | level. Errors: "failed to set io priority: ...".
void set_io_priority(std::int32_t value);
// personality(2). Errors: "set_personality: ...".
void set_personality(std::uint64_t persona);
// set_mempolicy(2). Errors: "set_mempolicy: ...", naming nodes when they are the likely cause.
void set_memory_policy(const config::MemoryPolicySetup& policy);

}  // namespace runcxx::process
