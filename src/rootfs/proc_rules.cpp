// SPDX-License-Identifier: Apache-2.0
#include "rootfs/proc_rules.h"

#include <algorithm>
#include <array>

#include "base/paths.h"

namespace runcxx::rootfs {
namespace {

constexpr std::array<std::string_view, 10> kEmulatedFiles = {
    "/proc/cpuinfo",
    "/proc/diskstats",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/swaps",
    "/proc/uptime",
    "/proc/loadavg",
    "/proc/slabinfo",
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/crypto/fips_enabled",
};

bool is_at_or_below(std::string_view path, std::string_view directory) {
    if (directory == "/") return true;
    return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace

ProcPlace classify_proc_path(std::string_view path) {
    if (!is_at_or_below(path, "/proc")) return ProcPlace::Outside;
    if (path == "/proc") return ProcPlace::Top;
    return std::ranges::find(kEmulatedFiles, path) != kEmulatedFiles.end() ? ProcPlace::Emulated
                                                                           : ProcPlace::Inside;
}

bool is_on_kernel_fs(const std::vector<config::Mount>& mounts, std::string_view path) {
    if (clean_path(path) != path) return false;
    const config::Mount* nearest = nullptr;
    for (const auto& mount : mounts) {
        // A later mount at the same place covers the earlier one.
        if (is_at_or_below(path, mount.destination) &&
            (nearest == nullptr || mount.destination.size() >= nearest->destination.size()))
            nearest = &mount;
    }
    // Only the usual places: another destination may itself have been reached through a symlink of the image.
    return nearest != nullptr && ((nearest->type == "proc" && nearest->destination == "/proc") ||
                                  (nearest->type == "sysfs" && nearest->destination == "/sys"));
}

}  // namespace runcxx::rootfs
