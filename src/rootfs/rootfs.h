// SPDX-License-Identifier: Apache-2.0
// From "the mount namespace exists" to "inside the final root", as the steps of container setup, to be called
// in this order:
//
//   prepare_root -> mount_filesystems -> create_devices -> [createContainer hooks] -> enter_root
//     -> make_working_dir -> [mount_console] -> finish_mounts -> write_sysctls -> restrict_paths
//
// Runs in: init (create only). Must not: look at a ContainerPath by name before enter_root().
// Errors: every function throws Error with the mount, path or device in its text.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "config/container.h"
#include "rootfs/root_dir.h"
#include "sys/unique_fd.h"

namespace runcxx::rootfs {

// Asks the runtime for the source of setup.mounts[index]. The answer is a detached mount (open_tree(2) clone)
// when the mount is id-mapped, else an O_PATH handle whose mount belongs to *this* mount namespace
// (sys/idmap_mount.h makes both on the runtime side). Called for mounts with source_from_runtime, and for
// bind sources that this process may not reach (EACCES).
using SourceOpener = std::function<sys::UniqueFd(std::size_t mount_index)>;

// Cuts the mount propagation towards the host as configured and makes the rootfs a mount of its own.
// Without a mount namespace the host's propagation is left alone.
RootDir prepare_root(const config::ContainerSetup& setup);

// All of setup.mounts in order, at most four fds open at any time. Read-only tmpfs and /dev stay writable
// until finish_mounts().
void mount_filesystems(const RootDir& root, const config::ContainerSetup& setup,
                       const SourceOpener& open_source);

// Not one of the steps, and not in init: makes what setup.mounts are put on, where that is missing and is not part of one
// of them, and leaves the root without mounts. Returns setup.mounts' destinations with symlinks resolved as far as they
// are there. Precondition: a mount namespace of the caller's own; root.host_path() is a mount in it.
std::vector<std::string> make_mountpoints(const RootDir& root, const config::ContainerSetup& setup);

// Device nodes (or binds of the host's, see has_user_namespace), the default links and /dev/ptmx. Does
// nothing when !populate_dev.
void create_devices(const RootDir& root, const config::ContainerSetup& setup);

// pivot_root | move and chroot (no_pivot) | chroot (no mount namespace); then "/" and the working directory
// are the container's. Applies a shared or unbindable root propagation and reopens a stdio that is /dev/null.
void enter_root(RootDir root, const config::ContainerSetup& setup);

// mkdir -p `cwd`, 0755, inside.
void make_working_dir(const std::string& cwd);

// Binds the pty on /dev/console, which is created when missing. Inside the root.
void mount_console(const sys::UniqueFd& pty_peer);

// The delayed read-only remounts, then the root. Does nothing without a mount namespace.
void finish_mounts(const config::ContainerSetup& setup);

// Through a procfs that the container cannot have faked (sys/procfs.h); nothing is opened for no sysctls.
void write_sysctls(const config::ContainerSetup& setup);

// setup.readonly_paths, then setup.masked_paths. Missing ones are skipped.
void restrict_paths(const config::ContainerSetup& setup);

}  // namespace runcxx::rootfs
