// SPDX-License-Identifier: Apache-2.0
#include "sys/device_node.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

namespace runcxx::sys {

dev_t device_number(std::uint32_t major, std::uint32_t minor) {
    return makedev(major, minor);
}

int try_make_node_at(const UniqueFd& dir, const std::string& name, mode_t mode, dev_t device) {
    return ::mknodat(dir.get(), name.c_str(), mode, device) < 0 ? errno : 0;
}

int try_make_symlink_at(const UniqueFd& dir, const std::string& name, const std::string& target) {
    return ::symlinkat(target.c_str(), dir.get(), name.c_str()) < 0 ? errno : 0;
}

int try_make_child_dir(const UniqueFd& dir, const std::string& name, mode_t mode) {
    return ::mkdirat(dir.get(), name.c_str(), mode) < 0 ? errno : 0;
}

std::string try_read_link(const UniqueFd& link) {
    char target[PATH_MAX];
    const auto size = ::readlinkat(link.get(), "", target, sizeof target);
    return size < 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

int try_change_mode(const UniqueFd& handle, mode_t mode) {
    if (::syscall(SYS_fchmodat2, handle.get(), "", mode, AT_EMPTY_PATH) == 0) return 0;
    if (errno != ENOSYS && errno != EPERM) return errno;
    return ::chmod(proc_fd_path(handle).c_str(), mode) < 0 ? errno : 0;
}

int try_set_xattr(const UniqueFd& handle, const char* name, const std::string& value) {
    return ::setxattr(proc_fd_path(handle).c_str(), name, value.data(), value.size(), 0) < 0 ? errno : 0;
}

std::optional<struct stat> try_stat_number(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) < 0) return std::nullopt;
    return status;
}

bool is_char_device(const struct stat& status, std::uint32_t major, std::uint32_t minor) {
    return S_ISCHR(status.st_mode) && status.st_rdev == makedev(major, minor);
}

ScopedUmask::ScopedUmask(mode_t mask) : previous_(::umask(mask)) {}
ScopedUmask::~ScopedUmask() {
    ::umask(previous_);
}

}  // namespace runcxx::sys
