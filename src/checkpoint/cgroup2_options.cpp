// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/cgroup2_options.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <algorithm>
#include <exception>
#include <optional>

#include "base/log.h"
#include "host/facts.h"
#include "sys/file.h"
#include "sys/mount.h"

namespace runcxx::checkpoint {
namespace {

constexpr std::size_t kLargestTable = 256U << 20;

std::optional<host::MountPoint> cgroup2_mount() {
    const auto table =
        host::parse_mount_table(sys::read_file(HostPath("/proc/self/mountinfo"), kLargestTable));
    const auto found = std::ranges::find(table, "cgroup2", &host::MountPoint::type);
    if (found == table.end()) return std::nullopt;
    return *found;
}

void remount(const std::string& mount_point, const std::string& options) {
    // A remount sets the mount's own flags as well, among which is the "rw" or "ro" that the options begin with.
    const auto flags = sys::mount_flags(sys::open_file(HostPath(mount_point), O_PATH));
    const auto comma = options.find(',');
    sys::mount({.flags = MS_REMOUNT | flags,
                .data = comma == std::string::npos ? std::string() : options.substr(comma + 1)},
               mount_point);
}

}  // namespace

Cgroup2Options::Cgroup2Options() {
    if (const auto mount = cgroup2_mount()) {
        mount_point_ = mount->path;
        options_ = mount->super_options;
    }
}

Cgroup2Options::~Cgroup2Options() {
    if (mount_point_.empty()) return;
    try {
        const auto mount = cgroup2_mount();
        if (!mount || mount->super_options == options_) return;
        log::debug("CRIU has changed the options of {} to {}: back to {}", mount_point_, mount->super_options,
                   options_);
        remount(mount_point_, options_);
    } catch (const std::exception& error) {
        log::warning("the options of {} cannot be restored to {}: {}", mount_point_, options_, error.what());
    }
}

}  // namespace runcxx::checkpoint
