// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/restore_root.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <utility>

#include "base/paths.h"
#include "checkpoint/names.h"
#include "rootfs/rootfs.h"
#include "sys/file.h"
#include "sys/mount.h"

namespace runcxx::checkpoint {
namespace {

// The directories of cgroup v1 that are bound where the container has no cgroup namespace.
void add_cgroup_binds(const config::ContainerSetup& setup, const config::Mount& mount,
                      std::vector<ExternalMount>& mounts) {
    const auto& cgroup = setup.cgroup_mount;
    if (cgroup.unified || cgroup.own_namespace) return;
    for (const auto& hierarchy : cgroup.hierarchies)
        mounts.push_back({join_path(mount.destination, hierarchy.directory), hierarchy.host_path});
}

}  // namespace

std::vector<ExternalMount> prepare_restore_root(const std::string& directory,
                                                const config::ContainerSetup& setup) {
    sys::mount({.source = setup.rootfs, .flags = MS_BIND | MS_REC}, directory);
    auto opened = sys::open_file(HostPath(directory), O_PATH | O_DIRECTORY);
    // The kernel's name of it: --root may lead there through symlinks (docker's is /var/run/docker/...).
    const auto real_path = sys::read_link(HostPath(sys::proc_fd_path(opened)));
    const rootfs::RootDir root(std::move(opened), real_path);
    const auto mountpoints = rootfs::make_mountpoints(root, setup);

    std::vector<ExternalMount> mounts;
    for (std::size_t i = 0; i < setup.mounts.size(); ++i) {
        const auto& mount = setup.mounts[i];
        if (mount.type == "cgroup") {
            add_cgroup_binds(setup, mount, mounts);
        } else if ((mount.flags & MS_BIND) != 0 && mount.symlink_target.empty()) {
            mounts.push_back({mountpoints[i], mount.source});
        }
    }
    mounts.push_back({kMaskName, kMaskName});
    if (setup.has_user_namespace && setup.populate_dev)
        for (const auto& device : setup.devices)
            mounts.push_back({device.path, device.path});
    return mounts;
}

}  // namespace runcxx::checkpoint
