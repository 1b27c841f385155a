// SPDX-License-Identifier: Apache-2.0
// The mount of type "cgroup". Version 2 is one mount: a fresh cgroup2 in a cgroup namespace of the
// container's own, else a bind of the host's (a fresh cgroup2 in the initial cgroup namespace waits for an
// RCU grace period, ~10 ms). Version 1 is a tmpfs with one directory per hierarchy.
#include <sys/mount.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "rootfs/mount_steps.h"
#include "rootfs/restricted_paths.h"
#include "sys/device_node.h"

namespace runcxx::rootfs {
namespace {

constexpr const char* kUnifiedMountPoint = "/sys/fs/cgroup";
constexpr std::uint64_t kHierarchyFlags = MS_NOEXEC | MS_NOSUID | MS_NODEV;

config::Mount bind_of(const std::string& source, const std::string& destination, std::uint64_t recursive,
                      const config::Mount& model) {
    return {.source = source,
            .destination = destination,
            .type = "bind",
            .flags = model.flags | MS_BIND | recursive,
            .propagation = model.propagation};
}

void mask(const MountPlan& plan, const config::Mount& mount) {
    const auto target = open_mount_target(
        plan.root, strip_host_path(plan.root.host_path(), mount.destination), [] { return false; });
    if (const int error = try_mount_empty_dir(target.handle, plan.setup.label_option); error != 0)
        throw Error::from_errno(error, fmt::format("mask {}", mount.destination));
}

void bind_unified(const MountPlan& plan, const config::Mount& mount) {
    const auto& cgroup = plan.setup.cgroup_mount;
    std::string source = kUnifiedMountPoint;
    // Seen from outside of the cgroup namespace that could not be used: only the container's own part.
    if (cgroup.own_namespace && !cgroup.hierarchies.empty() && !cgroup.hierarchies.front().host_path.empty())
        source = cgroup.hierarchies.front().host_path;
    auto bind = bind_of(source, mount.destination, 0, mount);
    // Like the fresh one that it stands for. CRIU dumps no mount that follows one of the host's.
    if (bind.propagation.empty()) bind.propagation = {MS_PRIVATE};
    try {
        mount_bind(plan, bind, kNoIndex);
    } catch (const Error& error) {
        // Rootless and outside of the namespaces the path is from: better nothing than the host's, writable
        // (CVE-2023-25809).
        if (!plan.setup.rootless || error.code() != ENOENT) throw;
        mask(plan, mount);
    }
}

void mount_unified(const MountPlan& plan, const config::Mount& mount) {
    if (!plan.setup.cgroup_mount.own_namespace) return bind_unified(plan, mount);
    auto fresh = mount;
    fresh.type = "cgroup2";
    try {
        mount_filesystem(plan, fresh);
    } catch (const Error& error) {
        // A user namespace that does not own the cgroup namespace, or a cgroup2 in use with other options.
        if (error.code() != EPERM && error.code() != EBUSY) throw;
        bind_unified(plan, mount);
    }
}

void mount_hierarchy(const MountPlan& plan, const config::Mount& mount,
                     const config::CgroupMount::Hierarchy& hierarchy, const sys::UniqueFd& tmpfs) {
    // The tmpfs is ours and new, so names in it need no care.
    if (const int error = sys::try_make_child_dir(tmpfs, hierarchy.directory, 0755);
        error != 0 && error != EEXIST)
        throw Error::from_errno(error, fmt::format("mkdir {}/{}", mount.destination, hierarchy.directory));
    sys::MountCall call{.source = hierarchy.directory == "systemd" ? "systemd" : "cgroup",
                        .type = "cgroup",
                        .flags = kHierarchyFlags | (mount.flags & MS_RDONLY)};
    for (const auto& controller : hierarchy.controllers)
        call.data += (call.data.empty() ? "" : ",") + controller;
    if (hierarchy.controllers.empty()) call.type = "cgroup2";
    if (const int error = sys::try_mount_on(call, tmpfs, hierarchy.directory); error != 0) {
        auto shown = mount;
        shown.destination = join_path(mount.destination, hierarchy.directory);
        throw_mount_error(error, call, shown, plan.setup);
    }
}

void link_controllers(const sys::UniqueFd& tmpfs, const config::CgroupMount::Hierarchy& hierarchy) {
    if (hierarchy.directory.find(',') == std::string::npos) return;
    for (const auto controller : split(hierarchy.directory, ',')) {
        const int error = sys::try_make_symlink_at(tmpfs, std::string(controller), hierarchy.directory);
        if (error != 0 && error != EEXIST)
            throw Error::from_errno(error, fmt::format("symlink {}", controller));
    }
}

void mount_hierarchies(const MountPlan& plan, const config::Mount& mount) {
    const auto& cgroup = plan.setup.cgroup_mount;
    mount_filesystem(plan, {.source = "tmpfs",
                            .destination = mount.destination,
                            .type = "tmpfs",
                            .flags = kHierarchyFlags,
                            .propagation = mount.propagation,
                            .data = "mode=755"});
    const auto target = open_mount_target(
        plan.root, strip_host_path(plan.root.host_path(), mount.destination), [] { return false; });
    for (const auto& hierarchy : cgroup.hierarchies) {
        if (cgroup.own_namespace) {
            mount_hierarchy(plan, mount, hierarchy, target.handle);
        } else {
            const auto destination = join_path(mount.destination, hierarchy.directory);
            mount_bind(plan, bind_of(hierarchy.host_path, destination, MS_REC, mount), kNoIndex);
        }
        link_controllers(target.handle, hierarchy);
    }
}

}  // namespace

void mount_cgroups(const MountPlan& plan, const config::Mount& mount) {
    if (plan.setup.cgroup_mount.unified)
        mount_unified(plan, mount);
    else
        mount_hierarchies(plan, mount);
}

}  // namespace runcxx::rootfs
