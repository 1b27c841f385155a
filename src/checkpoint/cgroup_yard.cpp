// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/cgroup_yard.h"

#include <sys/mount.h>

#include <algorithm>
#include <string_view>

#include "base/paths.h"
#include "base/text.h"
#include "sys/file.h"
#include "sys/mount.h"

namespace runcxx::checkpoint {
namespace {

constexpr std::string_view kNamed = "name=";

// "cpu,cpuacct"; "systemd" of name=systemd; "unified" for cgroup2.
std::string directory_of(const host::CgroupHierarchy& hierarchy) {
    if (hierarchy.controllers.empty()) return "unified";
    const auto name = join(hierarchy.controllers, ",");
    return name.starts_with(kNamed) ? name.substr(kNamed.size()) : name;
}

// Empty when it is mounted nowhere that we know of.
std::string mount_point_of(const host::CgroupHierarchy& hierarchy, const host::Cgroups& cgroups) {
    const auto found =
        std::ranges::find(cgroups.hierarchies, hierarchy.controllers, &host::CgroupHierarchy::controllers);
    return found == cgroups.hierarchies.end() ? std::string() : found->mount_point;
}

// As CRIU would have mounted it.
sys::MountCall fresh_mount(const host::CgroupHierarchy& hierarchy) {
    if (hierarchy.controllers.empty()) return {.source = "cgroup2", .type = "cgroup2"};
    const auto names = join(hierarchy.controllers, ",");
    return {
        .source = "cgroup", .type = "cgroup", .data = names.starts_with(kNamed) ? "none," + names : names};
}

}  // namespace

void make_cgroup_yard(const std::string& directory, const host::Cgroups& cgroups) {
    sys::mount({.source = "tmpfs", .type = "tmpfs", .data = "mode=700"}, directory);
    // All that processes have a cgroup in, mounted or not: a host with version 2 may have hierarchies of version 1 left.
    for (const auto& hierarchy : host::parse_own_cgroups(sys::read_file(HostPath("/proc/self/cgroup")))) {
        const auto mountpoint = join_path(directory, directory_of(hierarchy));
        sys::make_dir(HostPath(mountpoint), 0700);
        const auto source = mount_point_of(hierarchy, cgroups);
        sys::mount(
            source.empty() ? fresh_mount(hierarchy) : sys::MountCall{.source = source, .flags = MS_BIND},
            mountpoint);
    }
}

}  // namespace runcxx::checkpoint
