// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/restore_root.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <utility>

#include "base/paths.h"
#include "checkpoint/names.h"
#include "config/resolve.h"
#include "rootfs/rootfs.h"
#include "sys/file.h"
#include "sys/mount.h"

namespace runcxx::checkpoint {

std::vector<ExternalMount> prepare_restore_root(const std::string& directory,
                                                const config::ContainerSetup& setup) {
    sys::mount({.source = setup.rootfs, .flags = MS_BIND | MS_REC}, directory);
    auto opened = sys::open_file(HostPath(directory), O_PATH | O_DIRECTORY);
    // The kernel's name of it: --root may lead there through symlinks (docker's is /var/run/docker/...).
    const auto real_path = sys::read_link(HostPath(sys::proc_fd_path(opened)));
    const rootfs::RootDir root(std::move(opened), real_path);
    const auto mountpoints = rootfs::make_mountpoints(root, setup);

    std::vector<ExternalMount> mounts{{kMaskName, kMaskName}};
    for (auto& bind : config::binds(setup)) {
        const bool is_mount = bind.mount != config::Bind::kNoMount;
        mounts.push_back({is_mount ? mountpoints[bind.mount] : bind.destination, bind.source});
    }
    return mounts;
}

}  // namespace runcxx::checkpoint
