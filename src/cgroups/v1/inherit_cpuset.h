// SPDX-License-Identifier: Apache-2.0
// A v1 cpuset starts empty and takes no process before it has cpus and memory nodes
// (Documentation/admin-guide/cgroup-v1/cpusets.rst).
// Runs in: runtime.
#pragma once

#include <string>

#include "cgroups/directory.h"

namespace runcxx::cgroups::v1 {

// Gives `directory` the `cpus` and `mems` of the spec, or its parent's where these are empty; empty ancestors
// are filled from theirs first. `is_new`: known to be empty.
void fill_cpuset(const Root& root, const Directory& directory, const std::string& cpus,
                 const std::string& mems, bool is_new);

}  // namespace runcxx::cgroups::v1
