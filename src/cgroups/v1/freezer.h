// SPDX-License-Identifier: Apache-2.0
// The v1 freezer hierarchy (Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst).
// Runs in: runtime.
#pragma once

#include <cstdint>

#include "cgroups/directory.h"
#include "cgroups/manager.h"

namespace runcxx::cgroups::v1 {

// Asks again and again, with thaws in between, since processes that are just forked escape. At the deadline
// (monotonic_ms), or when the interruption's check throws, thaws. Throws "unable to freeze: <tasks>".
void freeze(const Directory& directory, std::int64_t deadline_ms, const Interruption& interruption);
void thaw(const Directory& directory);
// What was frozen below too.
void thaw_tree(const Directory& directory);
// Asked to be frozen itself: FROZEN because of an ancestor only reads as false. No file: false.
bool is_frozen(const Directory& directory);

}  // namespace runcxx::cgroups::v1
