// SPDX-License-Identifier: Apache-2.0
// process.scheduler, process.ioPriority, linux.personality and linux.memoryPolicy as the numbers of their
// system calls. Runs in: runtime.
#pragma once

#include <string>
#include <vector>

#include "config/container.h"
#include "oci/spec.h"

namespace runcxx::config {

// sched_setattr(2). Errors: texts of runc for an unknown policy or flag and values that do not fit the
// policy.
SchedulerSetup resolve_scheduler(const oci::Scheduler& scheduler);

// ioprio_set(2): class << 13 | level. Errors: class or level unknown.
std::int32_t resolve_io_priority(const oci::IoPriority& priority);

// personality(2). Flags are ignored with a warning, as in runc. Errors: the domain is neither LINUX nor
// LINUX32.
std::uint64_t resolve_personality(const oci::Personality& personality, std::vector<std::string>& warnings);

// set_mempolicy(2). parse_memory_policy knows the words, check_memory_policy which modes want nodes: they are
// two because other checks come between them.
MemoryPolicySetup parse_memory_policy(const oci::MemoryPolicy& policy);
void check_memory_policy(const MemoryPolicySetup& policy);

// Sorted, for `features`.
oci::Strings memory_policy_modes();
oci::Strings memory_policy_flags();

}  // namespace runcxx::config
