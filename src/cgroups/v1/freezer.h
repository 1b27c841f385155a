// SPDX-License-Identifier: Apache-2.0
// The v1 freezer hierarchy (Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst).
// Runs in: runtime.
#pragma once

#include "cgroups/directory.h"

namespace runcxx::cgroups::v1 {

// Tries for about 0.2 s, with thaws in between, since processes that are just forked escape; thaws on
// failure. Throws "unable to freeze: <processes>".
void freeze(const Directory& directory);
void thaw(const Directory& directory);
// Frozen itself: FROZEN because of an ancestor only reads as false. No file: false.
bool is_frozen(const Directory& directory);

}  // namespace runcxx::cgroups::v1
