// SPDX-License-Identifier: Apache-2.0
#include <sys/mount.h>

#include <algorithm>

#include "base/paths.h"
#include "config/resolve.h"

namespace runcxx::config {
namespace {

// The directories that are bound where a mount of type "cgroup" is: version 1 without a cgroup namespace.
void add_cgroup_binds(const ContainerSetup& setup, const Mount& mount, std::vector<std::string>& binds) {
    const auto& cgroup = setup.cgroup_mount;
    if (cgroup.unified || cgroup.own_namespace) return;
    for (const auto& hierarchy : cgroup.hierarchies)
        binds.push_back(join_path(mount.destination, hierarchy.directory));
}

}  // namespace

CheckpointFacts checkpoint_facts(const Container& container) {
    const auto& setup = container.setup;
    CheckpointFacts facts;
    for (const auto& mount : setup.mounts) {
        if (mount.type == "cgroup")
            add_cgroup_binds(setup, mount, facts.bind_mounts);
        else if ((mount.flags & MS_BIND) != 0 && mount.symlink_target.empty())
            facts.bind_mounts.push_back(mount.destination);
    }
    // Where nodes cannot be made, the host's are bound.
    if (setup.has_user_namespace && setup.populate_dev)
        for (const auto& device : setup.devices)
            facts.bind_mounts.push_back(device.path);
    facts.masked_paths = setup.masked_paths;
    facts.joined_namespaces = container.namespaces.joined;
    facts.has_id_mapped_mounts =
        std::ranges::any_of(setup.mounts, [](const Mount& mount) { return mount.id_map != IdMap::None; });
    return facts;
}

}  // namespace runcxx::config
