// SPDX-License-Identifier: Apache-2.0
// readonlyPaths and maskedPaths, applied inside the final root. A file is covered by /dev/null, a directory
// by an empty read-only tmpfs, of which there is one per container (a superblock each would make hosts with a
// mask per CPU slow).
//
// Paths on the container's own proc and sysfs, which is nearly all of them, are used by name: nothing there
// can be exchanged for a symlink. Others are looked up once, and then only their handle is used.
#include "rootfs/restricted_paths.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <unordered_set>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "rootfs/mount_steps.h"
#include "rootfs/proc_rules.h"
#include "rootfs/rootfs.h"
#include "sys/file.h"
#include "sys/mount.h"

namespace runcxx::rootfs {
namespace {

constexpr sys::MountAttributes kReadonly{.set = MOUNT_ATTR_RDONLY};

template <class Target>
int mount_empty_dir(const Target& mount_on, const std::string& label_option) {
    sys::MountCall call{.source = "tmpfs", .type = "tmpfs", .flags = MS_RDONLY};
    call.data = with_option("nr_blocks=1,nr_inodes=1", label_option);
    const int error = mount_on(call);
    if (error != EINVAL) return error;
    // Kernels of some distributions want room for a second inode.
    call.data = with_option("nr_blocks=1,nr_inodes=2", label_option);
    return mount_on(call);
}

// ---------------------------------------------------------------------------------------------- read-only

// For kernels without mount_setattr(2): the flags that a remount would otherwise clear.
int remount_readonly(const std::string& path) {
    const auto handle = sys::try_open(HostPath(path), O_PATH);
    if (!handle) return errno;
    const auto kept = sys::mount_flags(handle) & (MS_NOSUID | MS_NODEV | MS_NOEXEC);
    return sys::try_mount({.flags = kept | MS_BIND | MS_REMOUNT | MS_RDONLY}, path);
}

int make_readonly_by_name(const std::string& path) {
    int error = sys::try_mount({.source = path, .flags = MS_BIND | MS_REC}, path);
    if (error == 0) error = sys::try_set_mount_attributes(path, kReadonly, false);
    return sys::is_refusal_of_new_calls(error) ? remount_readonly(path) : error;
}

int make_readonly_by_handle(const std::string& path) {
    const auto target = sys::try_open(HostPath(path), O_PATH);
    if (!target) return errno;
    const auto clone = sys::try_clone_mount(target, true);
    if (!clone) return sys::is_refusal_of_new_calls(errno) ? make_readonly_by_name(path) : errno;
    const int error = sys::try_set_mount_attributes(clone, kReadonly, false);
    if (error != 0) return sys::is_refusal_of_new_calls(error) ? make_readonly_by_name(path) : error;
    const int attach_error = sys::try_attach_mount(clone, target);
    return sys::is_refusal_of_new_calls(attach_error) ? make_readonly_by_name(path) : attach_error;
}

// What is mounted on "/" would be beside the root that this process has, and never be seen: its own mount is changed.
int make_root_readonly() {
    const int error = sys::try_set_mount_attributes("/", kReadonly, false);
    return sys::is_refusal_of_new_calls(error) ? remount_readonly("/") : error;
}

int make_path_readonly(const config::ContainerSetup& setup, const std::string& path) {
    if (clean_path(path) == "/") return make_root_readonly();
    return is_on_kernel_fs(setup.mounts, path) ? make_readonly_by_name(path) : make_readonly_by_handle(path);
}

// ---------------------------------------------------------------------------------------------- masks

class Masks {
public:
    explicit Masks(const config::ContainerSetup& setup)
        : label_option_(setup.label_option), null_(sys::open_file(HostPath("/dev/null"), O_PATH)) {
        // The image's /dev/null may be a symlink to something that would then appear writable instead of
        // masked (CVE-2025-31133).
        if (!is_null_device(sys::stat_fd(null_, "/dev/null")))
            throw Error("container's /dev/null is invalid");
        bind_null_ = {.source = sys::proc_fd_path(null_), .flags = MS_BIND};
    }

    // `path` is on the kernel's file systems. 0, ENOENT or another errno.
    int mask_by_name(const std::string& path) {
        // Not by trying: a mount that is refused takes the kernel as long as one that is undone (RCU).
        const auto target = sys::try_stat(HostPath(path));
        if (!target) return errno;
        if (!S_ISDIR(target->st_mode)) return sys::try_mount(bind_null_, path);
        if (shared_dir_) {
            if (sys::try_mount({.source = sys::proc_fd_path(shared_dir_), .flags = MS_BIND}, path) == 0)
                return 0;
            stop_sharing();
        }
        if (const int own_error = try_mount_empty_dir(path, label_option_); own_error != 0) return own_error;
        if (may_share_) shared_dir_ = sys::try_open(HostPath(path), O_PATH | O_DIRECTORY);
        return 0;
    }

    int mask_by_handle(const std::string& path) {
        const auto target = sys::try_open(HostPath(path), O_PATH);
        if (!target) return errno;
        if (!S_ISDIR(sys::stat_fd(target, path).st_mode)) return bind(null_, target);
        if (shared_dir_) {
            if (bind(shared_dir_, target) == 0) return 0;
            stop_sharing();
        }
        if (const int error = try_mount_empty_dir(target, label_option_); error != 0) return error;
        share(path);
        return 0;
    }

private:
    static int bind(const sys::UniqueFd& source, const sys::UniqueFd& target) {
        const auto clone = sys::try_clone_mount(source, false);
        const int error = clone ? sys::try_attach_mount(clone, target) : errno;
        if (!sys::is_refusal_of_new_calls(error)) return error;
        return sys::try_mount_on({.source = sys::proc_fd_path(source), .flags = MS_BIND}, target);
    }

    // The path was looked up again, so what is there must be seen to be the mask before it is used for
    // others.
    void share(const std::string& path) {
        if (!may_share_) return;
        auto handle = sys::try_open(HostPath(path), O_PATH | O_DIRECTORY);
        if (handle && sys::file_system_type(handle) == TMPFS_MAGIC &&
            (sys::mount_flags(handle) & MS_RDONLY) != 0)
            shared_dir_ = std::move(handle);
    }

    void stop_sharing() {
        log::debug("one directory mask cannot be bound over another: a tmpfs for each from here on");
        shared_dir_.reset();
        may_share_ = false;
    }

    const std::string& label_option_;
    sys::UniqueFd null_;
    sys::MountCall bind_null_;
    sys::UniqueFd shared_dir_;
    bool may_share_ = true;
};

bool has_own_proc(const config::ContainerSetup& setup) {
    return std::ranges::any_of(
        setup.mounts, [](const auto& mount) { return mount.type == "proc" && mount.destination == "/proc"; });
}

void make_paths_readonly(const config::ContainerSetup& setup) {
    for (const auto& path : setup.readonly_paths) {
        const int error = make_path_readonly(setup, path);
        if (error != 0 && error != ENOENT)
            throw Error::from_errno(error, fmt::format("can't make {} read-only", quoted(path)));
    }
}

void mask_paths(const config::ContainerSetup& setup) {
    if (setup.masked_paths.empty()) return;
    Masks masks = [&] {
        try {
            return Masks(setup);
        } catch (Error& error) {
            error.add_context("can't mask paths");
            throw;
        }
    }();
    const bool proc_is_there = has_own_proc(setup);  // for /proc/self/fd
    std::unordered_set<std::string> done;
    for (const auto& path : setup.masked_paths) {
        if (!done.insert(clean_path(path)).second) continue;
        const int error = proc_is_there && is_on_kernel_fs(setup.mounts, path) ? masks.mask_by_name(path)
                                                                               : masks.mask_by_handle(path);
        if (error != 0 && error != ENOENT)
            throw Error::from_errno(error, fmt::format("can't mask path {}", quoted(path)));
    }
}

}  // namespace

int try_mount_empty_dir(const sys::UniqueFd& directory, const std::string& label_option) {
    return mount_empty_dir([&](const sys::MountCall& call) { return sys::try_mount_on(call, directory); },
                           label_option);
}

int try_mount_empty_dir(const std::string& directory, const std::string& label_option) {
    return mount_empty_dir([&](const sys::MountCall& call) { return sys::try_mount(call, directory); },
                           label_option);
}

void restrict_paths(const config::ContainerSetup& setup) {
    make_paths_readonly(setup);
    mask_paths(setup);
}

}  // namespace runcxx::rootfs
