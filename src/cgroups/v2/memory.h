// SPDX-License-Identifier: Apache-2.0
// memory.checkBeforeUpdate, also for who lets somebody else write the limits.
// Runs in: runtime.
#pragma once

#include "cgroups/directory.h"
#include "oci/spec.h"

namespace runcxx::cgroups::v2 {

// With checkBeforeUpdate, refuses limits that are below what is used: v2 reclaims and kills where v1 answered EBUSY.
// Errors: "rejecting memory limit N <= usage M", "rejecting memory+swap limit ...".
void check_memory_usage(const Directory& directory, const oci::Memory& memory);

}  // namespace runcxx::cgroups::v2
