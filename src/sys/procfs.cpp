// SPDX-License-Identifier: Apache-2.0
#include "sys/procfs.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <deque>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "sys/device_node.h"
#include "sys/file.h"
#include "sys/mount.h"
#include "sys/openat2.h"

namespace runcxx::sys {
namespace {

constexpr ino_t kProcRootInode = 1;  // PROC_ROOT_INO: no other inode of a procfs has this number

UniqueFd try_new_instance(ProcHandle::Scope scope) {
    const UniqueFd context(::fsopen("proc", FSOPEN_CLOEXEC));
    if (!context) return {};
    if (scope == ProcHandle::Scope::Processes) {
        // Both only narrow what a leaked handle could show; kernels before 5.8 don't know them.
        ::fsconfig(context.get(), FSCONFIG_SET_STRING, "hidepid", "ptraceable", 0);
        ::fsconfig(context.get(), FSCONFIG_SET_STRING, "subset", "pid", 0);
    }
    if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) < 0) return {};
    return UniqueFd(
        ::fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID));
}

bool is_proc_root(const UniqueFd& fd) {
    return file_system_type(fd) == PROC_SUPER_MAGIC && stat_fd(fd, "/proc").st_ino == kProcRootInode;
}

// Without openat2: component by component, every one on the superblock of `root`. The only links of a procfs
// that are text and not magic are "self" and "thread-self".
UniqueFd walk(const UniqueFd& root, const std::string& path, int flags) {
    const dev_t device = stat_fd(root, "/proc").st_dev;
    std::deque<std::string> parts;
    for (const auto part : split(path, '/'))
        parts.emplace_back(part);
    UniqueFd current = duplicate(root);
    while (!parts.empty()) {
        const std::string part = parts.front();
        parts.pop_front();
        if (part == "..") return errno = EXDEV, UniqueFd();
        if (part.empty() || part == ".") continue;
        UniqueFd next = try_open_at(current, part, O_PATH | O_NOFOLLOW);
        if (!next) return {};
        const auto status = stat_fd(next, path);
        if (status.st_dev != device) return errno = EXDEV, UniqueFd();
        if (S_ISLNK(status.st_mode)) {
            if (part != "self" && part != "thread-self") return errno = ELOOP, UniqueFd();
            const std::string target = try_read_link(next);
            const auto pieces = split(target, '/');
            for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece)
                parts.emplace_front(*piece);
        } else if (parts.empty()) {
            return try_open_at(current, part, flags | O_NOFOLLOW);
        } else {
            current = std::move(next);
        }
    }
    return try_open_at(current, ".", flags);
}

UniqueFd open_mounted() {
    return sys::try_open(HostPath("/proc"), O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

UniqueFd open_below(const UniqueFd& root, const std::string& path, int flags) {
    auto fd = try_openat2(root, path, flags, 0, Resolve::BeneathOneMount);
    if (!fd && errno == ENOSYS) fd = walk(root, path, flags);
    return fd;
}

}  // namespace

ProcHandle ProcHandle::open(Scope scope) {
    if (auto fresh = try_new_instance(scope)) return ProcHandle(std::move(fresh));
    // Denied where an outer container masks parts of /proc, or an LSM profile does not know detached mounts.
    if (auto clone = try_clone_mount("/proc", false); clone && is_proc_root(clone))
        return ProcHandle(std::move(clone));
    auto mounted = open_mounted();
    if (!mounted || !is_proc_root(mounted))
        throw Error("unsafe procfs detected: /proc is not the root of a procfs");
    return ProcHandle(std::move(mounted));
}

UniqueFd ProcHandle::try_open_file(const std::string& path, int flags) const {
    auto fd = open_below(root_, path, flags);
    if (fd || errno != EACCES) return fd;
    // LSM profiles with rules for /proc/... see another path on a detached mount and may deny it.
    const auto mounted = open_mounted();
    if (mounted && is_proc_root(mounted)) return open_below(mounted, path, flags);
    errno = EACCES;
    return {};
}

UniqueFd ProcHandle::open_file(const std::string& path, int flags) const {
    auto fd = try_open_file(path, flags);
    if (!fd) {
        const bool is_covered = errno == EXDEV || errno == ELOOP;
        throw Error::from_errno(
            errno, fmt::format("{}open /proc/{}", is_covered ? "unsafe procfs detected: " : "", path));
    }
    return fd;
}

void ProcHandle::write(const std::string& path, std::string_view data) const {
    const auto fd = open_file(path, O_WRONLY);
    if (const int error = try_write_once(fd, data); error != 0)
        throw Error::from_errno(error, fmt::format("write {} to /proc/{}", quoted(data), path));
}

std::string ProcHandle::read(const std::string& path) const {
    return read_all(open_file(path, O_RDONLY), "/proc/" + path);
}

std::optional<std::string> ProcHandle::try_read(const std::string& path) const {
    const auto fd = try_open_file(path, O_RDONLY);
    if (!fd) return std::nullopt;
    try {
        return read_all(fd, path);
    } catch (const Error&) {
        return std::nullopt;
    }
}

}  // namespace runcxx::sys
