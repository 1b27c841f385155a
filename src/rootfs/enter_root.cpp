// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/mount.h>

#include <cerrno>

#include "base/error.h"
#include "rootfs/propagation.h"
#include "rootfs/restricted_paths.h"
#include "rootfs/rootfs.h"
#include "sys/device_node.h"
#include "sys/file.h"
#include "sys/mount.h"
#include "sys/mount_table.h"

namespace runcxx::rootfs {
namespace {

bool is_below(const std::string& path, const std::string& directory) {
    return path == directory || path.starts_with(directory + "/");
}

// Without pivot_root the host's mounts stay in the namespace, under the new root. The kernel lets a container
// mount a proc or sysfs only as long as none of the visible ones is partly covered; a complete one that is
// merely out of reach would let it get around its own masks. So those go, or are covered where we may not
// unmount.
void hide_kernel_file_systems(const std::string& rootfs) {
    for (const auto& entry : sys::own_mount_table()) {
        const auto& path = entry.mount_point;
        if (entry.root != "/" || (entry.type != "proc" && entry.type != "sysfs") || is_below(path, rootfs))
            continue;
        const sys::MountCall slave{.flags = MS_SLAVE | MS_REC};
        const int gone = sys::try_mount(slave, path);
        if (gone == ENOENT) continue;  // went away with a mount above it
        if (gone != 0) throw Error::from_errno(gone, sys::mount_call_text(slave, path));
        const int error = sys::try_detach(path);
        if (error == EINVAL || error == EPERM)
            sys::mount({.source = "tmpfs", .type = "tmpfs"}, path);
        else if (error != 0)
            throw Error::from_errno(error, "unmount dst=" + path);
    }
}

void move_root(const RootDir& root) {
    hide_kernel_file_systems(root.host_path());
    sys::change_dir(root.fd(), root.host_path());
    sys::mount({.source = ".", .flags = MS_MOVE}, "/");
    sys::chroot_into(root.fd());
}

// A stdio that is the host's /dev/null keeps a handle of the host's file system inside.
void reopen_null_stdio() {
    sys::UniqueFd null;
    for (int number = 0; number <= 2; ++number) {
        const auto status = sys::try_stat_number(number);
        if (!status || !is_null_device(*status)) continue;
        if (!null) {
            null = sys::open_file(HostPath("/dev/null"), O_RDWR | O_NOCTTY);
            if (!is_null_device(sys::stat_fd(null, "/dev/null")))
                throw Error("can't reopen /dev/null: container's /dev/null is invalid");
        }
        sys::place_at(null, number);
    }
}

}  // namespace

void enter_root(RootDir root, const config::ContainerSetup& setup) {
    try {
        if (!setup.has_mount_namespace)
            sys::chroot_into(root.fd());
        else if (setup.no_pivot)
            move_root(root);
        else
            sys::pivot_into(root.fd(), !leaves_nothing_shared(root_propagation(setup)));
    } catch (Error& error) {
        error.add_context("error jailing process inside rootfs");
        throw;
    }
    // Only now: before, "/" was the host's.
    if (setup.has_mount_namespace && is_for_final_root(setup.rootfs_propagation))
        sys::mount({.flags = setup.rootfs_propagation}, "/");
    if (setup.populate_dev) reopen_null_stdio();
}

void make_working_dir(const std::string& cwd) {
    if (cwd.empty() || cwd == "/") return;
    sys::make_dirs(HostPath(cwd), 0755);
}

}  // namespace runcxx::rootfs
