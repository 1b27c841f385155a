// SPDX-License-Identifier: Apache-2.0
// Mountpoints without the mounts, for who makes the mounts himself. What is on a bind has to be made in the bind's
// source, so those are made for a moment.
#include <fcntl.h>
#include <sys/mount.h>

#include <algorithm>

#include "base/error.h"
#include "config/resolve.h"
#include "rootfs/mount_steps.h"
#include "rootfs/rootfs.h"
#include "sys/mount.h"

namespace runcxx::rootfs {
namespace {

// The mountpoint is in a file system that is not there yet, and comes with what is in it.
bool is_on_other_mount(const config::ContainerSetup& setup, const config::Mount& mount) {
    return std::ranges::any_of(setup.mounts, [&](const auto& other) {
        return !config::brings_the_host_in(other) && other.symlink_target.empty() &&
               mount.destination.starts_with(other.destination + "/");
    });
}

// Nobody looks into it: neither flags nor id maps matter.
config::Mount bare(const config::Mount& mount) {
    return {.source = mount.source,
            .destination = mount.destination,
            .type = "bind",
            .flags = mount.flags & (MS_BIND | MS_REC),
            .source_nofollow = mount.source_nofollow,
            .destination_nofollow = mount.destination_nofollow};
}

std::string make_mountpoint(const MountPlan& plan, const config::Mount& mount) {
    const auto destination = strip_host_path(plan.root.host_path(), mount.destination);
    if (!mount.symlink_target.empty()) {
        copy_symlink(plan, mount);
        return destination.str();
    }
    if (mount.type == "proc" || mount.type == "sysfs")
        return open_kernel_fs_target(plan.root, destination, mount.type).path.str();
    if (!config::brings_the_host_in(mount))
        return open_mount_target(plan.root, destination, [] { return false; }).path.str();
    mount_bind(plan, bare(mount), kNoIndex);
    const int flags = mount.destination_nofollow ? O_PATH | O_NOFOLLOW : O_PATH;
    return plan.root.path_inside(plan.root.open(destination, flags));
}

}  // namespace

std::vector<std::string> make_mountpoints(const RootDir& root, const config::ContainerSetup& setup) {
    const SourceOpener nobody;
    const MountPlan plan{root, setup, nobody};
    std::vector<std::string> made;
    std::vector<std::string> binds;
    for (const auto& mount : setup.mounts) {
        if (mount.type == "cgroup" || is_on_other_mount(setup, mount)) {
            made.push_back(mount.destination);
            continue;
        }
        try {
            made.push_back(make_mountpoint(plan, mount));
        } catch (Error& error) {
            error.add_context("make mountpoint " + mount.destination);
            throw;
        }
        if (config::brings_the_host_in(mount)) binds.push_back(root.host_path() + made.back());
    }
    for (auto bind = binds.rbegin(); bind != binds.rend(); ++bind)
        if (const int error = sys::try_detach(*bind); error != 0)
            throw Error::from_errno(error, "unmount " + *bind);
    return made;
}

}  // namespace runcxx::rootfs
