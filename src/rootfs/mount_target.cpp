// SPDX-License-Identifier: Apache-2.0
#include "rootfs/mount_target.h"

#include <fcntl.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"

namespace runcxx::rootfs {
namespace {

constexpr mode_t kNewDirectoryMode = 0755;
constexpr mode_t kNewFileMode = 0644;

void refuse_root(const RootDir& root, const ContainerPath& path) {
    if (path.str() == "/")
        throw Error(fmt::format("mountpoint {} is on the top of rootfs {}", quoted(root.host_path()),
                                quoted(root.host_path())));
}

MountTarget make_target(const RootDir& root, const ContainerPath& destination, bool is_file) {
    MountTarget target{.handle = {}, .path = destination, .existed = false};
    try {
        target.handle = is_file ? root.make_file(destination, kNewFileMode)
                                : root.make_missing_dirs(destination, kNewDirectoryMode);
    } catch (Error& error) {
        error.add_context(fmt::format("make mountpoint {}", quoted(destination.str())));
        throw;
    }
    return target;
}

}  // namespace

MountTarget open_mount_target(const RootDir& root, const ContainerPath& destination,
                              const std::function<bool()>& wants_file, LastLink last) {
    refuse_root(root, destination);
    const int flags = last == LastLink::Itself ? O_PATH | O_NOFOLLOW : O_PATH;
    // The usual case needs no question where a link may have led: there is none.
    MountTarget target{.handle = root.try_open_without_symlinks(destination, flags), .path = destination};
    if (target.handle) return target;
    const bool through_links = errno == ELOOP;
    if (through_links) target.handle = root.try_open(destination, flags);
    if (!target.handle) {
        if (errno != ENOENT) throw Error::from_errno(errno, "lookup mountpoint target");
        target = make_target(root, destination, wants_file());
    }
    if (through_links) target.path = ContainerPath(root.path_inside(target.handle));
    refuse_root(root, target.path);
    return target;
}

MountTarget open_kernel_fs_target(const RootDir& root, const ContainerPath& destination,
                                  const std::string& type) {
    refuse_root(root, destination);
    MountTarget target{.handle = root.try_open_without_symlinks(destination, O_PATH | O_DIRECTORY),
                       .path = destination};
    if (target.handle) return target;
    const bool through_links = errno == ELOOP;
    if (through_links) target.handle = root.try_open(destination, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (!target.handle) {
        if (errno == ENOTDIR || errno == ELOOP)
            throw Error(fmt::format("filesystem {} must be mounted on ordinary directory", quoted(type)));
        if (errno != ENOENT) throw Error::from_errno(errno, "lookup mountpoint target");
        target = make_target(root, destination, false);
    }
    if (through_links) target.path = ContainerPath(root.path_inside(target.handle));
    refuse_root(root, target.path);
    return target;
}

sys::UniqueFd reopen_on_top(const RootDir& root, const MountTarget& target) {
    auto on_top = root.try_open_without_symlinks(target.path, O_PATH | O_NOFOLLOW);
    if (!on_top)
        throw Error::from_errno(errno, fmt::format("re-open mountpoint {}", quoted(target.path.str())));
    if (root.path_inside(on_top) != root.path_inside(target.handle))
        throw Error(fmt::format("mountpoint {} was moved while re-opening", quoted(target.path.str())));
    return on_top;
}

}  // namespace runcxx::rootfs
