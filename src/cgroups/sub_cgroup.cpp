// SPDX-License-Identifier: Apache-2.0
#include "cgroups/sub_cgroup.h"

#include <fmt/core.h>

#include "base/paths.h"

namespace runcxx::cgroups {

std::string below_path(const std::string& path, const std::string& sub) {
    auto target = join_path(path, sub);
    if (target != path && !target.starts_with(path + "/"))
        throw Error(Error::Kind::InvalidConfig, fmt::format("bad sub cgroup path: {}", sub));
    return target;
}

Error unknown_controller(const std::string& controller) {
    return {Error::Kind::InvalidConfig, fmt::format("unknown controller {} in SubCgroupPaths", controller)};
}

}  // namespace runcxx::cgroups
