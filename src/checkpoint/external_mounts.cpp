// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/external_mounts.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/core.h>

#include "checkpoint/names.h"
#include "rootfs/root_dir.h"
#include "sys/file.h"

namespace runcxx::checkpoint {
namespace {

// Empty when it is not there.
std::string mount_point(const rootfs::RootDir& root, const std::string& configured, bool is_mask) {
    const auto handle = root.try_open(ContainerPath(configured), O_PATH);
    if (!handle) return {};
    if (is_mask && S_ISDIR(sys::stat_fd(handle, configured).st_mode)) return {};
    return root.path_inside(handle);
}

}  // namespace

std::vector<ExternalMount> external_mounts(const config::CheckpointFacts& facts, pid_t init) {
    const auto path = fmt::format("/proc/{}/root", init);
    const rootfs::RootDir root(sys::open_file(HostPath(path), O_PATH | O_DIRECTORY), "/");
    std::vector<ExternalMount> mounts;
    for (const auto& bind : facts.bind_mounts)
        if (const auto found = mount_point(root, bind, false); !found.empty())
            mounts.push_back({found, found});
    // A masked directory has a file system of its own, which is in the images.
    for (const auto& mask : facts.masked_paths)
        if (const auto found = mount_point(root, mask, true); !found.empty())
            mounts.push_back({found, kMaskName});
    return mounts;
}

}  // namespace runcxx::checkpoint
