// SPDX-License-Identifier: Apache-2.0
// Handing a cgroup to its container, so that its user can make cgroups below and move its processes there: the model of
// delegation in cgroups(7). Limits stay with the host. Runs in: runtime.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "cgroups/directory.h"

namespace runcxx::cgroups::v2 {

// The names in the text of /sys/kernel/cgroup/delegate (Linux 4.15); nullopt, before there was that file: cgroup.procs,
// cgroup.subtree_control and cgroup.threads. Pure.
std::vector<std::string> delegated_files(const std::optional<std::string>& list);

// Makes `owner` (a host id) the owner of the directory and of its delegated files; groups stay. Files that are not
// there are left out. Errors: "chown ...: ...".
void give_to(const Directory& directory, uid_t owner);

}  // namespace runcxx::cgroups::v2
