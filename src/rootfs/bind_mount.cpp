// SPDX-License-Identifier: Apache-2.0
// A bind is a clone of the source's mount (open_tree) that is put on the target (move_mount). The clone's fd
// stays a handle of the new mount, so that its flags are changed without looking the target up again, as
// mount(2) would need. Where the kernel (before 5.2) or an LSM profile does not let us clone, mount(2) and a
// re-opened target take over.
//
// Flags: the clone has the source's. If the configuration names any, the mount gets exactly those. In a user
// namespace the source's may be locked (mount_namespaces(7)); then they are kept, unless the configuration
// wants one gone.
#include <fcntl.h>
#include <sys/mount.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "rootfs/mount_steps.h"
#include "sys/device_node.h"
#include "sys/file.h"

namespace runcxx::rootfs {
namespace {

constexpr std::uint64_t kAtimeFlags = MS_NOATIME | MS_RELATIME | MS_STRICTATIME | MS_NODIRATIME;
constexpr std::uint64_t kLockableFlags = MS_RDONLY | MS_NODEV | MS_NOEXEC | MS_NOSUID | kAtimeFlags;
constexpr std::uint64_t kNotMountFlags = MS_BIND | MS_REC | MS_REMOUNT;

struct Source {
    sys::UniqueFd clone;   // detached mount, or empty:
    sys::UniqueFd object;  // O_PATH handle, to be bound by mount(2)
    const sys::UniqueFd& handle() const { return clone ? clone : object; }
};

bool is_recursive(const config::Mount& mount) {
    return (mount.flags & MS_REC) != 0;
}

sys::UniqueFd open_object(const config::Mount& mount) {
    return sys::try_open(HostPath(mount.source), mount.source_nofollow ? O_PATH | O_NOFOLLOW : O_PATH);
}

[[noreturn]] void throw_source_error(int error, const MountPlan& plan, const config::Mount& mount) {
    auto text = fmt::format("failed to fulfil mount request: open {}: {}", mount.source, errno_text(error));
    // mount_namespaces(7): what was mounted as one tree cannot be taken apart in a less privileged namespace.
    if (error == EINVAL && plan.setup.has_user_namespace && !is_recursive(mount))
        text += " (mounts below it must not be uncovered in a user namespace: use rbind)";
    throw Error(Error::Kind::Failure, text, error);
}

Source source_from_runtime(const MountPlan& plan, const config::Mount& mount, std::size_t index) {
    if (!plan.open_source) throw Error(fmt::format("nobody to open mount source {}", mount.source));
    auto fd = plan.open_source(index);
    if (mount.id_map != config::IdMap::None) return {std::move(fd), {}};
    if (auto clone = sys::try_clone_mount(fd, is_recursive(mount))) return {std::move(clone), {}};
    if (!sys::is_refusal_of_new_calls(errno)) throw_source_error(errno, plan, mount);
    return {{}, std::move(fd)};
}

Source open_source(const MountPlan& plan, const config::Mount& mount, std::size_t index) {
    if (mount.source_from_runtime) return source_from_runtime(plan, mount, index);
    if (auto clone = sys::try_clone_mount(mount.source, is_recursive(mount), !mount.source_nofollow))
        return {std::move(clone), {}};
    // Root of a user namespace may not pass every directory that the runtime may.
    if (errno == EACCES && index != kNoIndex && plan.open_source && plan.setup.has_user_namespace &&
        !plan.setup.rootless)
        return source_from_runtime(plan, mount, index);
    if (!sys::is_refusal_of_new_calls(errno)) throw_source_error(errno, plan, mount);
    auto object = open_object(mount);
    if (!object) throw_source_error(errno, plan, mount);
    return {{}, std::move(object)};
}

// Puts the source on the target and returns a handle of the new mount.
sys::UniqueFd attach(const MountPlan& plan, const config::Mount& mount, const MountTarget& target,
                     Source source) {
    const sys::MountCall shown{.source = mount.source,
                               .type = "bind",
                               .flags = mount.flags & (MS_BIND | MS_REC),
                               .data = mount.data};
    if (source.clone) {
        const int error = sys::try_attach_mount(source.clone, target.handle);
        if (error == 0) return std::move(source.clone);
        // An LSM profile that knows mount(2) only. What the runtime opened cannot be had by another way.
        const bool retry = sys::is_refusal_of_new_calls(error) && !mount.source_from_runtime;
        if (retry) source.object = open_object(mount);
        if (!source.object) throw_mount_error(error, shown, mount, plan.setup);
    }
    sys::MountCall call = shown;
    call.source = sys::proc_fd_path(source.object);
    if (const int error = sys::try_mount_on(call, target.handle); error != 0)
        throw_mount_error(error, shown, mount, plan.setup);
    return reopen_on_top(plan.root, target);
}

void remount(const sys::UniqueFd& handle, const config::Mount& mount) {
    sys::MountCall call{.flags = mount.flags | MS_BIND | MS_REMOUNT};
    const int first_error = sys::try_mount_on(call, handle);
    if (first_error == 0) return;

    const auto inherited = sys::mount_flags(handle);
    log::debug("bind mount {}: setting {} failed ({}), keeping locked flags of {}", mount.destination,
               sys::mount_flags_text(call.flags), errno_text(first_error), sys::mount_flags_text(inherited));
    if (const auto unclearable = inherited & mount.cleared_flags & kLockableFlags; unclearable != 0)
        throw Error::from_errno(
            first_error, fmt::format("cannot clear locked flags {}", sys::mount_flags_text(unclearable)));
    // The kernel does not refuse every change of locked atime flags; some it ignores (mount(2), BUGS).
    if ((mount.flags & kAtimeFlags) != 0 && (mount.flags & kAtimeFlags) != (inherited & kAtimeFlags))
        throw Error::from_errno(first_error, fmt::format("cannot change locked atime flags {}",
                                                         sys::mount_flags_text(inherited & kAtimeFlags)));
    call.flags |= inherited & kLockableFlags;
    if (const int error = sys::try_mount_on(call, handle); error != 0)
        throw Error::from_errno(error, fmt::format("remount with locked flags {} re-applied: {}",
                                                   sys::mount_flags_text(inherited & kLockableFlags),
                                                   sys::mount_call_text(call, mount.destination)));
}

void set_recursive_attributes(const sys::UniqueFd& handle, const config::Mount& mount) {
    const sys::MountAttributes attributes{.set = mount.recursive_attr_set,
                                          .clear = mount.recursive_attr_clear};
    const int error = sys::try_set_mount_attributes(handle, attributes, true);
    if (error == 0) return;
    const auto text = fmt::format("set recursive mount attributes of {}", mount.destination);
    if (error == ENOSYS) throw Error(Error::Kind::NotSupported, text + ": needs Linux 5.12", error);
    throw Error::from_errno(error, text);
}

}  // namespace

void copy_symlink(const MountPlan& plan, const config::Mount& mount) {
    const auto destination = strip_host_path(plan.root.host_path(), mount.destination);
    if (plan.root.make_symlink(mount.symlink_target, destination)) return;
    const auto there = plan.root.try_open(destination, O_PATH | O_NOFOLLOW);
    if (there && sys::try_read_link(there) == mount.symlink_target) return;
    throw Error::from_errno(EEXIST, fmt::format("make {} a copy of the link {} -> {}", destination.str(),
                                                mount.source, mount.symlink_target));
}

void mount_bind(const MountPlan& plan, const config::Mount& mount, std::size_t index) {
    auto source = open_source(plan, mount, index);
    const auto destination = strip_host_path(plan.root.host_path(), mount.destination);
    const auto last = mount.destination_nofollow ? LastLink::Itself : LastLink::Followed;
    const auto target = open_mount_target(
        plan.root, destination, [&] { return !S_ISDIR(sys::stat_fd(source.handle(), mount.source).st_mode); },
        last);
    check_proc_rules(plan, mount, target.path, &source.handle());
    const auto handle = attach(plan, mount, target, std::move(source));
    set_propagation(handle, mount);
    if ((mount.flags & ~kNotMountFlags) != 0 || mount.cleared_flags != 0) {
        try {
            remount(handle, mount);
        } catch (Error& error) {
            error.add_context("failed to set user-requested vfs flags on bind-mount");
            throw;
        }
    }
    if ((mount.recursive_attr_set | mount.recursive_attr_clear) != 0) set_recursive_attributes(handle, mount);
}

}  // namespace runcxx::rootfs
