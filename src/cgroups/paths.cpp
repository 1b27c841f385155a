// SPDX-License-Identifier: Apache-2.0
#include "base/paths.h"

#include <algorithm>

#include <fmt/core.h>

#include "cgroups/controller.h"
#include "cgroups/manager.h"
#include "config/cgroup.h"
#include "sys/cgroup_file.h"

namespace runcxx::cgroups {
namespace {

const host::CgroupHierarchy* find_hierarchy(const host::Cgroups& cgroups, std::string_view controller) {
    for (const auto& hierarchy : cgroups.hierarchies) {
        const auto& names = hierarchy.controllers;
        if (controller.empty() ? names.empty()
                               : std::find(names.begin(), names.end(), controller) != names.end())
            return &hierarchy;
    }
    return nullptr;
}

// This process's own cgroup as a directory. In a container without a cgroup namespace /proc/self/cgroup names
// a path of the host, and what is mounted is only the part from some directory on.
std::string own_directory(const host::CgroupHierarchy& hierarchy) {
    auto path = join_path(hierarchy.mount_point, hierarchy.own_path);
    if (hierarchy.own_path == "/" || sys::is_reachable(path)) return path;
    const auto root = host::mount_root(hierarchy.mount_point);
    if (root && (hierarchy.own_path == *root || hierarchy.own_path.starts_with(*root + "/")))
        return join_path(hierarchy.mount_point, hierarchy.own_path.substr(root->size()));
    return path;
}

std::string v1_directory(const host::CgroupHierarchy& hierarchy, const std::string& inner) {
    // The cgroup2 side of a hybrid host is not limited by anybody: runc always starts at its root.
    if (inner.starts_with('/') || hierarchy.controllers.empty())
        return join_path(hierarchy.mount_point, inner);
    return join_path(own_directory(hierarchy), inner);
}

}  // namespace

Paths compute_paths(const config::Cgroup& cgroup, const std::string& id, const host::Facts& facts) {
    Paths paths{.driver = cgroup.driver, .by_controller = {}};
    if (cgroup.driver == config::CgroupDriver::Disabled) return paths;

    const auto inner = cgroup.path.empty() ? id : config::clean_cgroup_path(cgroup.path);
    const auto& host = facts.cgroups;
    switch (host.mode) {
        case host::CgroupMode::None:
            throw Error("no cgroup mount found in mountinfo");
        case host::CgroupMode::V2: {
            const auto& hierarchy = host.hierarchies.front();
            // Below the parent: our own cgroup has processes, so its children cannot have controllers.
            const auto parent = inner.starts_with('/') ? std::string("/") : dir_name(hierarchy.own_path);
            paths.by_controller[""] = join_path(join_path(hierarchy.mount_point, parent), inner);
            return paths;
        }
        case host::CgroupMode::V1:
        case host::CgroupMode::Hybrid:
            break;
    }
    if (!cgroup.resources.unified.empty())
        throw Error(Error::Kind::InvalidConfig, "invalid configuration: cannot use unified on cgroup v1");
    for (const auto* controller : v1_controllers())
        if (const auto* hierarchy = find_hierarchy(host, controller->name))
            paths.by_controller[std::string(controller->name)] = v1_directory(*hierarchy, inner);
    if (!paths.by_controller.contains("devices")) throw Error("mountpoint for devices not found");
    return paths;
}

void fill_cgroup_mount(config::CgroupMount& mount, const Paths& paths, const host::Facts& facts) {
    mount.unified = facts.cgroups.mode == host::CgroupMode::V2;
    mount.hierarchies.clear();
    for (const auto& hierarchy : facts.cgroups.hierarchies) {
        // A hybrid host's cgroup2 mount is not shown inside: runc only shows the v1 ones.
        if (!mount.unified && hierarchy.controllers.empty()) continue;
        config::CgroupMount::Hierarchy row;
        row.controllers = hierarchy.controllers;
        if (!mount.unified) row.directory = base_name(hierarchy.mount_point);
        const auto key = mount.unified ? std::string() : hierarchy.controllers.front();
        const auto found = paths.by_controller.find(key);
        row.host_path = found != paths.by_controller.end() ? found->second : own_directory(hierarchy);
        mount.hierarchies.push_back(std::move(row));
    }
}

}  // namespace runcxx::cgroups
