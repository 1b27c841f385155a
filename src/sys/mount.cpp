// SPDX-License-Identifier: Apache-2.0
#include "sys/mount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

namespace runcxx::sys {
namespace {

constexpr std::uint64_t kNoSymFollow = 1 << 8;  // MS_NOSYMFOLLOW, Linux 5.10
constexpr std::uint64_t kStNoSymFollow = 0x2000;

// In the order of their bits; the kernel-internal ones have no name in messages.
constexpr Named<std::uint64_t> kMountFlags[] = {
    {"MS_RDONLY", MS_RDONLY},
    {"MS_NOSUID", MS_NOSUID},
    {"MS_NODEV", MS_NODEV},
    {"MS_NOEXEC", MS_NOEXEC},
    {"MS_SYNCHRONOUS", MS_SYNCHRONOUS},
    {"MS_REMOUNT", MS_REMOUNT},
    {"MS_MANDLOCK", MS_MANDLOCK},
    {"MS_DIRSYNC", MS_DIRSYNC},
    {"MS_NOSYMFOLLOW", kNoSymFollow},
    {"MS_NOATIME", MS_NOATIME},
    {"MS_NODIRATIME", MS_NODIRATIME},
    {"MS_BIND", MS_BIND},
    {"MS_MOVE", MS_MOVE},
    {"MS_REC", MS_REC},
    {"MS_SILENT", MS_SILENT},
    {"MS_POSIXACL", MS_POSIXACL},
    {"MS_UNBINDABLE", MS_UNBINDABLE},
    {"MS_PRIVATE", MS_PRIVATE},
    {"MS_SLAVE", MS_SLAVE},
    {"MS_SHARED", MS_SHARED},
    {"MS_RELATIME", MS_RELATIME},
    {"MS_I_VERSION", MS_I_VERSION},
    {"MS_STRICTATIME", MS_STRICTATIME},
    {"MS_LAZYTIME", MS_LAZYTIME},
};

// statfs(2) bits and their mount(2) counterparts. There is none for strictatime.
struct StatfsFlag {
    std::uint64_t reported;
    std::uint64_t mount_flag;
};
constexpr StatfsFlag kStatfsFlags[] = {
    {ST_RDONLY, MS_RDONLY},         {ST_NOSUID, MS_NOSUID},         {ST_NODEV, MS_NODEV},
    {ST_NOEXEC, MS_NOEXEC},         {ST_MANDLOCK, MS_MANDLOCK},     {ST_SYNCHRONOUS, MS_SYNCHRONOUS},
    {ST_NOATIME, MS_NOATIME},       {ST_NODIRATIME, MS_NODIRATIME}, {ST_RELATIME, MS_RELATIME},
    {kStNoSymFollow, kNoSymFollow},
};

int call_mount(const MountCall& call, const char* target) {
    const char* source = call.source.empty() ? nullptr : call.source.c_str();
    const char* type = call.type.empty() ? nullptr : call.type.c_str();
    const char* data = call.data.empty() ? nullptr : call.data.c_str();
    return ::mount(source, target, type, call.flags, data) < 0 ? errno : 0;
}

UniqueFd clone_at(int dir, const char* path, int lookup_flags, bool recursive) {
    const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | static_cast<unsigned>(lookup_flags) |
                           (recursive ? AT_RECURSIVE : 0U);
    return UniqueFd(::open_tree(dir, path, flags));
}

int set_attributes_at(int dir, const char* path, unsigned flags, const MountAttributes& attributes) {
    mount_attr attr{};
    attr.attr_set = attributes.set;
    attr.attr_clr = attributes.clear;
    attr.propagation = attributes.propagation;
    if (attributes.user_namespace != nullptr)
        attr.userns_fd = static_cast<std::uint64_t>(attributes.user_namespace->get());
    return ::mount_setattr(dir, path, flags, &attr, sizeof attr) < 0 ? errno : 0;
}

[[noreturn]] void fail(std::string_view what) {
    throw Error::from_errno(errno, what);
}

}  // namespace

std::string mount_flags_text(std::uint64_t flags) {
    std::string text;
    const auto append = [&](std::string_view name) {
        if (!text.empty()) text += '|';
        text += name;
    };
    std::uint64_t unnamed = flags;
    for (const auto& flag : kMountFlags) {
        if ((flags & flag.value) == 0) continue;
        append(flag.name);
        unnamed &= ~flag.value;
    }
    if (unnamed != 0) append(fmt::format("{:#x}", unnamed));
    return text;
}

std::string mount_call_text(const MountCall& call, const std::string& target) {
    std::string text = "mount ";
    if (!call.source.empty()) text += fmt::format("src={}, ", call.source);
    text += fmt::format("dst={}", target);
    if (call.flags != 0) text += fmt::format(", flags={}", mount_flags_text(call.flags));
    if (!call.data.empty()) text += fmt::format(", data={}", call.data);
    return text;
}

int try_mount(const MountCall& call, const std::string& target) {
    return call_mount(call, target.c_str());
}

void mount(const MountCall& call, const std::string& target) {
    if (const int error = try_mount(call, target); error != 0)
        throw Error::from_errno(error, mount_call_text(call, target));
}

int try_mount_on(const MountCall& call, const UniqueFd& target, const std::string& below) {
    const auto suffix = below.empty() ? std::string() : "/" + below;
    const auto by_fd = proc_fd_path(target);
    const int error = call_mount(call, (by_fd + suffix).c_str());
    if (error != ENOENT || ::access(by_fd.c_str(), F_OK) == 0) return error;
    if (::fchdir(target.get()) < 0) return error;
    return call_mount(call, ("." + suffix).c_str());
}

int try_mount_patiently(const MountCall& call, const std::string& target) {
    constexpr int kTries = 5;
    for (int tries = 1;; ++tries) {
        const int error = try_mount(call, target);
        if (error != EBUSY || tries == kTries) return error;
        const timespec pause{.tv_sec = 0, .tv_nsec = 100'000'000};
        ::nanosleep(&pause, nullptr);
    }
}

int try_detach(const std::string& target) {
    return ::umount2(target.c_str(), MNT_DETACH) < 0 ? errno : 0;
}

bool is_refusal_of_new_calls(int error) {
    return error == ENOSYS || error == EPERM || error == EACCES;
}

UniqueFd try_clone_mount(const std::string& path, bool recursive, bool follow) {
    return clone_at(AT_FDCWD, path.c_str(), follow ? 0 : AT_SYMLINK_NOFOLLOW, recursive);
}

UniqueFd try_clone_mount(const UniqueFd& object, bool recursive) {
    return clone_at(object.get(), "", AT_EMPTY_PATH, recursive);
}

int try_attach_mount(const UniqueFd& mount, const UniqueFd& target) {
    const unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    return ::move_mount(mount.get(), "", target.get(), "", flags) < 0 ? errno : 0;
}

int try_attach_mount(const UniqueFd& mount, const std::string& target) {
    return ::move_mount(mount.get(), "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) < 0 ? errno : 0;
}

int try_set_mount_attributes(const UniqueFd& mount, const MountAttributes& attributes, bool recursive) {
    return set_attributes_at(mount.get(), "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U), attributes);
}

int try_set_mount_attributes(const std::string& path, const MountAttributes& attributes, bool recursive) {
    return set_attributes_at(AT_FDCWD, path.c_str(), recursive ? AT_RECURSIVE : 0U, attributes);
}

std::uint64_t mount_flags(const UniqueFd& object) {
    struct statfs status {};
    if (::fstatfs(object.get(), &status) < 0) fail("statfs of a mount");
    std::uint64_t flags = 0;
    for (const auto& row : kStatfsFlags)
        if ((static_cast<std::uint64_t>(status.f_flags) & row.reported) != 0) flags |= row.mount_flag;
    if ((flags & (MS_NOATIME | MS_RELATIME)) == 0) flags |= MS_STRICTATIME;
    return flags;
}

void pivot_into(const UniqueFd& new_root, bool old_root_is_shared) {
    UniqueFd old_root;
    if (old_root_is_shared) {
        old_root = UniqueFd(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!old_root) fail("open /");
    }
    if (::fchdir(new_root.get()) < 0) fail("chdir to the new root");
    // pivot_root(2), NOTES: with "." twice the old root ends up on top of the new one, and "." names it for
    // umount2. No directory for the old root is needed inside the (perhaps read-only) new one.
    if (::syscall(SYS_pivot_root, ".", ".") < 0) fail("pivot_root .");
    if (old_root_is_shared) {
        // Slave and not private: a host process that unmounts something must not find it busy because of us.
        if (::fchdir(old_root.get()) < 0) fail("chdir to the old root");
        mount({.flags = MS_SLAVE | MS_REC}, ".");
    }
    if (const int error = try_detach("."); error != 0) throw Error::from_errno(error, "unmount the old root");
    if (::chdir("/") < 0) fail("chdir /");
}

void chroot_into(const UniqueFd& new_root) {
    if (::fchdir(new_root.get()) < 0) fail("chdir to the new root");
    if (::chroot(".") < 0) fail("chroot .");
    if (::chdir("/") < 0) fail("chdir /");
}

}  // namespace runcxx::sys
