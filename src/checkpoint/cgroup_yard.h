// SPDX-License-Identifier: Apache-2.0
// The host's cgroup hierarchies as CRIU looks for them (criu(8), --cgroup-yard), so that it mounts none itself: a cgroup2
// that is mounted anew without options takes nsdelegate and memory_recursiveprot from the whole host (cgroups(7);
// checkpoint-restore/criu#3029), and its mountpoints are left behind by a SIGKILL. Runs in: runtime, in a mount namespace
// of its own (sys/mount_namespace.h).
#pragma once

#include <string>

#include "host/facts.h"

namespace runcxx::checkpoint {

// Mounts a tmpfs on `directory`, which exists, and each hierarchy in it.
void make_cgroup_yard(const std::string& directory, const host::Cgroups& cgroups);

}  // namespace runcxx::checkpoint
