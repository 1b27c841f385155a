// SPDX-License-Identifier: Apache-2.0
// The root directory of the container-to-be as a handle, and the only way to open a ContainerPath before the
// process is inside. Whatever symlinks and ".." the image holds, every lookup ends below the root
// (openat2(2) RESOLVE_IN_ROOT, or path_walk.h where the kernel or an outer seccomp filter has no openat2).
// Runs in: init. Must not: hand out host paths to be opened by name.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/paths.h"
#include "sys/unique_fd.h"

namespace runcxx::rootfs {

class RootDir {
public:
    // `directory` is an O_PATH or directory fd; `host_path` is its name in the current mount namespace.
    RootDir(sys::UniqueFd directory, std::string host_path)
        : directory_(std::move(directory)), host_path_(std::move(host_path)) {}

    const sys::UniqueFd& fd() const { return directory_; }
    const std::string& host_path() const { return host_path_; }

    // Opens what the path leads to inside the root; symlinks are followed there, magic links never (ELOOP).
    // `flags` without O_CREAT. try_open gives an empty fd and errno.
    sys::UniqueFd open(const ContainerPath& path, int flags) const;
    sys::UniqueFd try_open(const ContainerPath& path, int flags) const;
    // Refuses every symlink on the way (ELOOP), so that the path taken is the path as written.
    sys::UniqueFd try_open_without_symlinks(const ContainerPath& path, int flags) const;

    // mkdir -p; existing directories are left alone, dangling symlinks lead to where they would inside the
    // root. Returns an O_PATH handle of the last one. Throws when a part that is yet to be made holds "..".
    sys::UniqueFd make_dirs(const ContainerPath& path, mode_t mode) const;
    // The same for a path that was just seen not to exist.
    sys::UniqueFd make_missing_dirs(const ContainerPath& path, mode_t mode) const;
    // A new empty regular file (O_EXCL), its parents 0755. Returns it opened for reading.
    sys::UniqueFd make_file(const ContainerPath& path, mode_t mode) const;

    // The directory that holds the last component, made if missing (0755), and that component's name: for
    // *at calls that do not follow it.
    struct Entry {
        sys::UniqueFd parent;
        std::string name;
    };
    Entry make_parent(const ContainerPath& path) const;

    // symlinkat(2) in the in-root parent. Returns false when something of that name exists.
    bool make_symlink(const std::string& target, const ContainerPath& path) const;
    // unlinkat(2) in the in-root parent; a missing entry is fine.
    void remove_file(const ContainerPath& path) const;

    // Where a handle is, seen from inside ("/dev/pts"). Throws `mountpoint "X" is outside of rootfs "Y"`.
    // Needs /proc of the mount namespace.
    std::string path_inside(const sys::UniqueFd& handle) const;

private:
    sys::UniqueFd directory_;
    std::string host_path_;
};

// A mount destination as a container path, absolute and clean. Destinations that already begin with the
// rootfs's own host path (as some callers write them) lose it.
ContainerPath strip_host_path(const std::string& host_path, const std::string& destination);

}  // namespace runcxx::rootfs
