// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "rootfs/mount_steps.h"
#include "rootfs/proc_rules.h"
#include "sys/device_node.h"
#include "sys/file.h"
#include "sys/mount_table.h"
#include "sys/tree_copy.h"

namespace runcxx::rootfs {
namespace {

constexpr ino_t kProcRootInode = 1;

bool is_kernel_fs(const config::Mount& mount) {
    return mount.type == "proc" || mount.type == "sysfs";
}

// Where systemd has something mounted on every host. The directory below is empty for good and hides nothing, so the
// kernel does not mind (mount_too_revealing() in fs/namespace.c).
constexpr const char* kHarmlessCover = "/proc/sys/fs/binfmt_misc";

// The kernel refuses a fresh /proc in a user namespace that does not own the pid namespace, and where the outer world
// covers parts of its own, for they would be seen again.
std::string denied_proc_hint() {
    std::string covers;
    try {
        for (const auto& entry : sys::own_mount_table())
            if (entry.mount_point.starts_with("/proc/") && entry.mount_point != kHarmlessCover)
                covers += (covers.empty() ? "" : " ") + entry.mount_point;
    } catch (const Error&) {
        return {};  // the hint is best effort
    }
    if (covers.empty()) return " (a new proc in a user namespace needs a pid namespace made in it too)";
    return fmt::format(
        " (the outer container masks parts of /proc: {}; run it with unmask=/proc or nesting enabled)",
        covers);
}

std::string hint(int error, const config::Mount& mount, const config::ContainerSetup& setup) {
    if (error == ENODEV && (mount.flags & MS_BIND) == 0)
        return fmt::format(" (the kernel does not know file system {}: is its module loaded?)",
                           quoted(mount.type));
    if (error == EINVAL && !setup.label_option.empty() && (mount.flags & MS_BIND) == 0)
        return " (linux.mountLabel: SELinux is not enabled on this host, or does not know the label?)";
    if (error == EPERM && setup.has_user_namespace && mount.type == "proc") return denied_proc_hint();
    if (error == EPERM && setup.has_user_namespace && mount.type == "sysfs")
        return " (a new sysfs in a user namespace needs a network namespace made in it too)";
    return {};
}

// A tmpfs takes over the permissions of the directory it covers; an explicit mode= comes later and wins.
std::string tmpfs_data(const MountTarget& target, const std::string& data) {
    if (!target.existed) return data;
    const auto mode = sys::stat_fd(target.handle, target.path.str()).st_mode & 07777;
    return fmt::format("mode={:04o}{}{}", mode, data.empty() ? "" : ",", data);
}

void copy_up(const MountTarget& target, const sys::UniqueFd& on_top) {
    // The handle still is the directory below the new mount.
    try {
        sys::copy_tree(target.handle, on_top, target.path.str());
    } catch (Error& error) {
        error.add_context("tmpcopyup");
        throw;
    }
}

void mount_one(const MountPlan& plan, std::size_t index) {
    const auto& mount = plan.setup.mounts[index];
    if (mount.type == "cgroup") {
        mount_cgroups(plan, mount);
    } else if (!mount.symlink_target.empty()) {
        copy_symlink(plan, mount);
    } else if ((mount.flags & MS_BIND) != 0) {
        mount_bind(plan, mount, index);
    } else {
        mount_filesystem(plan, mount);
    }
}

}  // namespace

std::string with_option(std::string data, const std::string& option) {
    if (!data.empty() && !option.empty()) data += ',';
    return data + option;
}

void throw_mount_error(int error, const sys::MountCall& call, const config::Mount& mount,
                       const config::ContainerSetup& setup) {
    throw Error(Error::Kind::Failure,
                fmt::format("{}: {}{}", sys::mount_call_text(call, mount.destination), errno_text(error),
                            hint(error, mount, setup)),
                error);
}

void set_propagation(const sys::UniqueFd& handle, const config::Mount& mount) {
    for (const auto flags : mount.propagation) {
        const sys::MountCall call{.flags = flags};
        if (const int error = sys::try_mount_on(call, handle); error != 0)
            throw Error::from_errno(
                error, "change mount propagation: " + sys::mount_call_text(call, mount.destination));
    }
}

void check_proc_rules(const MountPlan& plan, const config::Mount& mount, const ContainerPath& target,
                      const sys::UniqueFd* source) {
    const auto place = classify_proc_path(target.str());
    if (place == ProcPlace::Outside || place == ProcPlace::Emulated) return;
    const auto shown = quoted(join_path(plan.root.host_path(), target.str()));
    if (place == ProcPlace::Inside)
        throw Error(fmt::format("{} cannot be mounted because it is inside /proc", shown));
    if (source == nullptr && mount.type == "proc") return;
    if (source == nullptr || sys::file_system_type(*source) != PROC_SUPER_MAGIC)
        throw Error(fmt::format("{} cannot be mounted because it is not of type proc", shown));
    if (sys::stat_fd(*source, mount.source).st_ino != kProcRootInode)
        log::warning("bind-mount {} (source {}) is of type procfs but is not the root of a procfs", shown,
                     mount.source);
}

void mount_filesystem(const MountPlan& plan, const config::Mount& mount) {
    const auto destination = strip_host_path(plan.root.host_path(), mount.destination);
    const bool plain_directory = is_kernel_fs(mount);
    const auto target = plain_directory ? open_kernel_fs_target(plan.root, destination, mount.type)
                                        : open_mount_target(plan.root, destination, [] { return false; });
    check_proc_rules(plan, mount, target.path, nullptr);

    const bool is_tmpfs = mount.type == "tmpfs";
    const bool labelled_later = mount.type == "mqueue";
    sys::MountCall call{.source = mount.source, .type = mount.type, .flags = mount.flags, .data = mount.data};
    // Files and mountpoints are still to be made in it: finish_mounts() makes it read-only.
    if (is_tmpfs || destination.str() == "/dev") call.flags &= ~std::uint64_t{MS_RDONLY};
    if (is_tmpfs) call.data = tmpfs_data(target, call.data);
    if (!plain_directory && !labelled_later)
        call.data = with_option(std::move(call.data), plan.setup.label_option);
    if (const int error = sys::try_mount_on(call, target.handle); error != 0)
        throw_mount_error(error, call, mount, plan.setup);

    const bool needs_label = labelled_later && !plan.setup.mount_label.empty();
    const bool needs_copy = is_tmpfs && mount.copy_up && target.existed;
    if (mount.propagation.empty() && !needs_label && !needs_copy) return;
    const auto on_top = reopen_on_top(plan.root, target);
    if (needs_copy) copy_up(target, on_top);
    if (needs_label) {
        if (const int error = sys::try_set_xattr(on_top, "security.selinux", plan.setup.mount_label);
            error != 0)
            throw Error::from_errno(
                error, fmt::format("set label {} on {}", quoted(plan.setup.mount_label), mount.destination));
    }
    set_propagation(on_top, mount);
}

void mount_filesystems(const RootDir& root, const config::ContainerSetup& setup,
                       const SourceOpener& open_source) {
    const MountPlan plan{root, setup, open_source};
    for (std::size_t index = 0; index < setup.mounts.size(); ++index) {
        try {
            mount_one(plan, index);
        } catch (Error& error) {
            const auto& mount = setup.mounts[index];
            error.add_context(fmt::format("error mounting {} to rootfs at {}", quoted(mount.source),
                                          quoted(mount.destination)));
            throw;
        }
    }
}

}  // namespace runcxx::rootfs
