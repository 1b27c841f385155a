// SPDX-License-Identifier: Apache-2.0
// The kinds of mounts, one function each; mounts.cpp chooses among them. All of them throw the innermost
// error text
// ("mount src=..., dst=...: ..."), the caller adds which mount of the configuration it was.
// Runs in: init.
#pragma once

#include <cstddef>

#include "config/container.h"
#include "rootfs/mount_target.h"
#include "rootfs/root_dir.h"
#include "rootfs/rootfs.h"
#include "sys/mount.h"

namespace runcxx::rootfs {

struct MountPlan {
    const RootDir& root;
    const config::ContainerSetup& setup;
    const SourceOpener& open_source;
};

// proc, sysfs, tmpfs, mqueue and every other type that mount(2) makes from its text arguments.
void mount_filesystem(const MountPlan& plan, const config::Mount& mount);
// `index` is what the runtime is asked for; mounts that stand for others (cgroups) have none.
inline constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);
void mount_bind(const MountPlan& plan, const config::Mount& mount, std::size_t index);
// The link that mount.symlink_target says, instead of a bind. One that is there already must be the same.
void copy_symlink(const MountPlan& plan, const config::Mount& mount);
// Type "cgroup": the cgroup2 tree, or a tmpfs with the v1 hierarchies.
void mount_cgroups(const MountPlan& plan, const config::Mount& mount);

// "data,option", or what there is of the two. For ContainerSetup::label_option.
std::string with_option(std::string data, const std::string& option);
// Applies mount.propagation to the mount that `handle` refers to.
void set_propagation(const sys::UniqueFd& handle, const config::Mount& mount);
// Throws the text of a failed mount with a hint where the cause is guessable.
[[noreturn]] void throw_mount_error(int error, const sys::MountCall& call, const config::Mount& mount,
                                    const config::ContainerSetup& setup);
// Refuses what must not be put on or below /proc. `source` is the bind's source, or nullptr.
void check_proc_rules(const MountPlan& plan, const config::Mount& mount, const ContainerPath& target,
                      const sys::UniqueFd* source);

}  // namespace runcxx::rootfs
