// SPDX-License-Identifier: Apache-2.0
// Where a mount goes: the handle of the object in the root it is put on, made when missing, and checked.
// Runs in: init.
#pragma once

#include <functional>
#include <string>

#include "base/paths.h"
#include "config/container.h"
#include "rootfs/root_dir.h"
#include "sys/unique_fd.h"

namespace runcxx::rootfs {

struct MountTarget {
    sys::UniqueFd handle;
    ContainerPath path;   // symlinks resolved
    bool existed = true;  // false: made for this mount
};

// Whether a link at the end of the path leads on or is the target.
enum class LastLink { Followed, Itself };

// Follows symlinks inside the root. A missing target becomes an empty file when `wants_file`() says so, else
// a directory. Throws for the root itself.
MountTarget open_mount_target(const RootDir& root, const ContainerPath& destination,
                              const std::function<bool()>& wants_file, LastLink last = LastLink::Followed);

// For proc and sysfs: an ordinary directory, or one that is made.
MountTarget open_kernel_fs_target(const RootDir& root, const ContainerPath& destination,
                                  const std::string& type);

// After something was mounted on the target by mount(2): a handle of what is on top of it now.
// Throws `mountpoint "X" was moved while re-opening`.
sys::UniqueFd reopen_on_top(const RootDir& root, const MountTarget& target);

}  // namespace runcxx::rootfs
