// SPDX-License-Identifier: Apache-2.0
// The part of the v1 cpu controller that is needed before a process can join.
// Runs in: runtime.
#pragma once

#include "cgroups/directory.h"
#include "oci/spec.h"

namespace runcxx::cgroups::v1 {

bool wants_realtime(const oci::Resources& resources);
// cpu.rt_period_us and cpu.rt_runtime_us, in the order that the kernel takes.
void apply_realtime(const Directory& directory, const oci::Resources& resources);

}  // namespace runcxx::cgroups::v1
