// SPDX-License-Identifier: Apache-2.0
// The last steps inside the final root, where a path leads nowhere else.
#include <fcntl.h>
#include <sys/mount.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "rootfs/rootfs.h"
#include "sys/device_node.h"
#include "sys/file.h"
#include "sys/mount.h"
#include "sys/procfs.h"

namespace runcxx::rootfs {
namespace {

constexpr std::uint64_t kRemountReadonly = MS_REMOUNT | MS_BIND | MS_RDONLY;

void throw_if_failed(int error, const sys::MountCall& call, const std::string& path) {
    if (error == EBUSY)
        throw Error(Error::Kind::Failure,
                    fmt::format("unable to mount {} as readonly max retries reached", path), EBUSY);
    if (error != 0) throw Error::from_errno(error, sys::mount_call_text(call, path));
}

bool was_delayed(const config::Mount& mount, const std::string& destination) {
    return (mount.flags & MS_RDONLY) != 0 && (mount.type == "tmpfs" || destination == "/dev");
}

void make_root_readonly() {
    if (sys::try_set_mount_attributes(std::string("/"), {.set = MOUNT_ATTR_RDONLY}, false) == 0) return;
    // Busy, or a kernel before 5.12.
    const sys::UniqueFd root = sys::open_file(HostPath("/"), O_PATH | O_DIRECTORY);
    // A remount sets all flags of a mount, so the ones it has are passed along.
    const sys::MountCall call{.flags = kRemountReadonly |
                                       (sys::mount_flags(root) & ~std::uint64_t{MS_STRICTATIME})};
    throw_if_failed(sys::try_mount_patiently(call, "/"), call, "/");
}

}  // namespace

void finish_mounts(const config::ContainerSetup& setup) {
    if (!setup.has_mount_namespace) return;
    for (const auto& mount : setup.mounts) {
        const auto destination = strip_host_path(setup.rootfs, mount.destination).str();
        if (!was_delayed(mount, destination)) continue;
        // MS_BIND: change the mount and not the file system, which user namespaces may do too.
        const sys::MountCall call{.flags = mount.flags | kRemountReadonly};
        throw_if_failed(sys::try_mount_patiently(call, destination), call, destination);
    }
    if (setup.readonly_rootfs) {
        try {
            make_root_readonly();
        } catch (Error& error) {
            error.add_context("error setting rootfs as readonly");
            throw;
        }
    }
}

void write_sysctls(const config::ContainerSetup& setup) {
    if (setup.sysctls.empty()) return;
    const auto proc = sys::ProcHandle::open(sys::ProcHandle::Scope::Whole);
    for (const auto& [key, value] : setup.sysctls) {
        // As sysctl(8): a '/' in a dotted key stands for a '.' in the name
        // ("net.ipv4.conf.eth0/1.forwarding").
        std::string path = "sys/" + key;
        for (auto& character : path) {
            if (&character < path.data() + 4) continue;
            if (character == '.') {
                character = '/';
            } else if (character == '/') {
                character = '.';
            }
        }
        try {
            proc.write(path, value);
        } catch (Error& error) {
            error.add_context(fmt::format("failed to write sysctl {} = {}", key, quoted(value)));
            throw;
        }
    }
}

void mount_console(const sys::UniqueFd& pty_peer) {
    const auto dev = sys::open_file(HostPath("/dev"), O_PATH | O_DIRECTORY);
    constexpr const char* kName = "console";
    if (const int error = sys::try_make_node_at(dev, kName, S_IFREG | 0666, 0); error != 0 && error != EEXIST)
        throw Error::from_errno(error, "create /dev/console mount target");
    // Not followed: an image could have a link there and get the pty's content into some other file
    // (CVE-2025-52565).
    const auto target = sys::open_at(dev, kName, O_PATH | O_NOFOLLOW);
    if (S_ISLNK(sys::stat_fd(target, "/dev/console").st_mode))
        throw Error::from_errno(ELOOP, "create /dev/console mount target");
    const auto clone = sys::try_clone_mount(pty_peer, false);
    int error = clone ? sys::try_attach_mount(clone, target) : errno;
    if (sys::is_refusal_of_new_calls(error))
        error = sys::try_mount_on({.source = sys::proc_fd_path(pty_peer), .flags = MS_BIND}, target);
    if (error != 0) throw Error::from_errno(error, "mount src=pty, dst=/dev/console, flags=MS_BIND");
}

}  // namespace runcxx::rootfs
