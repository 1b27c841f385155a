// SPDX-License-Identifier: Apache-2.0
#include <sys/mount.h>

#include <algorithm>
#include <utility>

#include "base/paths.h"
#include "config/resolve.h"

namespace runcxx::config {
namespace {

// What is bound where a mount of type "cgroup" is: the directories of version 1, without a cgroup namespace.
void add_cgroup_binds(const ContainerSetup& setup, const Mount& mount, std::vector<Bind>& binds) {
    const auto& cgroup = setup.cgroup_mount;
    if (cgroup.unified || cgroup.own_namespace) return;
    for (const auto& hierarchy : cgroup.hierarchies)
        binds.push_back({join_path(mount.destination, hierarchy.directory), hierarchy.host_path});
}

}  // namespace

bool brings_the_host_in(const Mount& mount) {
    return (mount.flags & MS_BIND) != 0 && mount.type != "cgroup" && mount.symlink_target.empty();
}

std::vector<Bind> binds(const ContainerSetup& setup) {
    std::vector<Bind> binds;
    for (std::size_t i = 0; i < setup.mounts.size(); ++i) {
        const auto& mount = setup.mounts[i];
        if (mount.type == "cgroup")
            add_cgroup_binds(setup, mount, binds);
        else if (brings_the_host_in(mount))
            binds.push_back({mount.destination, mount.source, i});
    }
    // Where nodes cannot be made, the host's are bound.
    if (setup.has_user_namespace && setup.populate_dev)
        for (const auto& device : setup.devices)
            binds.push_back({device.path, device.path});
    return binds;
}

CheckpointFacts checkpoint_facts(const Container& container) {
    const auto& setup = container.setup;
    CheckpointFacts facts;
    for (auto& bind : binds(setup))
        facts.bind_mounts.push_back(std::move(bind.destination));
    facts.masked_paths = setup.masked_paths;
    facts.joined_namespaces = container.namespaces.joined;
    facts.has_id_mapped_mounts =
        std::ranges::any_of(setup.mounts, [](const Mount& mount) { return mount.id_map != IdMap::None; });
    return facts;
}

}  // namespace runcxx::config
