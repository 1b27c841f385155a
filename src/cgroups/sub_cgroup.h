// SPDX-License-Identifier: Apache-2.0
// Cgroups below a container's own (exec --cgroup): the checks that both versions share.
// Runs in: runtime. Pure.
#pragma once

#include <string>

#include "base/error.h"

namespace runcxx::cgroups {

// `path`/`sub`. Errors: InvalidConfig "bad sub cgroup path: ..." when that is not `path` or below it.
std::string below_path(const std::string& path, const std::string& sub);

// "unknown controller X in SubCgroupPaths".
Error unknown_controller(const std::string& controller);

}  // namespace runcxx::cgroups
