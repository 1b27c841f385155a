// SPDX-License-Identifier: Apache-2.0
// cgroup.freeze and what cgroup.events and cgroup.kill say and do, on a cgroup2 directory (v2, and the
// unified one of a hybrid host). Runs in: runtime.
#pragma once

#include <cstdint>

#include "cgroups/directory.h"
#include "cgroups/manager.h"

namespace runcxx::cgroups::v2 {

// Waits by poll(2) on cgroup.events until all is frozen. At the deadline (monotonic_ms), or when the
// interruption's check throws, thaws. Errors: "timeout of 10s reached waiting for the cgroup to freeze: <tasks>";
// "cgroup not exist" when it is removed meanwhile; without the file "freezer not supported: ...".
void freeze(const Directory& directory, std::int64_t deadline_ms, const Interruption& interruption);
void thaw(const Directory& directory);
bool is_frozen(const Root& root, const std::string& path);

// cgroup.kill (Linux 5.14): every process inside and below, also frozen ones and those being forked. Returns
// 0 or the errno (ENOENT: no such file, or no such cgroup).
int try_kill_all(const Directory& directory);

// "populated 0" in cgroup.events; false at the deadline. A cgroup that is gone is empty.
bool wait_until_empty(const Directory& directory, std::int64_t deadline_ms);

}  // namespace runcxx::cgroups::v2
