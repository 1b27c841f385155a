// SPDX-License-Identifier: Apache-2.0
// Device nodes are made with mode and owner right from the start (umask 0, ids of the container's root), so
// that on a new tmpfs nothing needs to be corrected through a name. Where something is to be corrected, or
// /dev is part of the image, it is done through a handle whose type and number were checked: in a shared
// rootfs another container may exchange the node (CVE-2021-30465 and its kind).
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "rootfs/rootfs.h"
#include "sys/device_node.h"
#include "sys/file.h"
#include "sys/mount.h"

namespace runcxx::rootfs {
namespace {

constexpr mode_t kParentMode = 0755;

struct DevLink {
    const char* name;
    const char* target;
};
constexpr DevLink kLinks[] = {
    {"fd", "/proc/self/fd"},
    {"stdin", "/proc/self/fd/0"},
    {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},
};

// The directory a node is made in.
struct Place {
    const sys::UniqueFd& directory;
    bool is_ours;  // a tmpfs mounted a moment ago: nobody else has touched it
};

mode_t file_type(const config::DeviceNode& node) {
    switch (node.type) {
        case 'b':
            return S_IFBLK;
        case 'c':
            return S_IFCHR;
        case 'p':
            return S_IFIFO;
        default:
            throw Error(fmt::format("{} is not a valid device type for device {}", node.type, node.path));
    }
}

void bind_node(const Place& place, const std::string& name, const config::DeviceNode& node) {
    if (const int error = sys::try_make_node_at(place.directory, name, S_IFREG, 0);
        error != 0 && error != EEXIST)
        throw Error::from_errno(error, fmt::format("create device inode {}", node.path));
    const sys::MountCall call{.source = node.path, .type = "bind", .flags = MS_BIND};
    int error = 0;
    if (place.is_ours) {
        error = sys::try_mount_on(call, place.directory, name);
    } else {
        const auto target = sys::open_at(place.directory, name, O_PATH | O_NOFOLLOW);
        if (S_ISLNK(sys::stat_fd(target, node.path).st_mode))
            throw Error::from_errno(ELOOP, fmt::format("create device inode {}", node.path));
        error = sys::try_mount_on(call, target);
    }
    if (error != 0) throw Error::from_errno(error, sys::mount_call_text(call, node.path));
}

void correct_node(const Place& place, const std::string& name, const config::DeviceNode& node, mode_t mode,
                  dev_t number) {
    const auto handle = sys::open_at(place.directory, name, O_PATH | O_NOFOLLOW);
    const auto status = sys::stat_fd(handle, node.path);
    if ((status.st_mode & S_IFMT) != (mode & S_IFMT))
        throw Error(
            fmt::format("new {} device inode {} has incorrect ftype: {:#o} doesn't match expected {:#o}",
                        node.type, node.path, status.st_mode & S_IFMT, mode & S_IFMT));
    if (status.st_rdev != number)
        throw Error(fmt::format(
            "new {} device inode {} has incorrect major:minor: {}:{} doesn't match expected {}:{}", node.type,
            node.path, major(status.st_rdev), minor(status.st_rdev), node.major, node.minor));
    // chown(2) may clear mode bits, so the owner comes first.
    if (status.st_uid != node.uid || status.st_gid != node.gid)
        sys::chown_fd(handle, node.uid, node.gid, fmt::format("new device inode {}", node.path));
    if ((status.st_mode & 07777) != (mode & 07777)) {
        if (const int error = sys::try_change_mode(handle, mode & 07777); error != 0)
            throw Error::from_errno(error, fmt::format("chmod new device inode {}", node.path));
    }
}

void make_node(const Place& place, const std::string& name, const config::DeviceNode& node, bool bind) {
    const mode_t mode = file_type(node) | static_cast<mode_t>(node.mode & 07777);
    // A fifo is no device: user namespaces may make it, and the host has none to bind.
    if (bind && node.type != 'p') return bind_node(place, name, node);
    const dev_t number = node.type == 'p' ? 0 : sys::device_number(node.major, node.minor);
    const int error = sys::try_make_node_at(place.directory, name, mode, number);
    if (error == EEXIST) return;
    if (error == EPERM) return bind_node(place, name, node);
    if (error != 0) throw Error::from_errno(error, fmt::format("mknodat {}", node.path));
    if (place.is_ours && node.uid == 0 && node.gid == 0) return;
    correct_node(place, name, node, mode, number);
}

void make_nodes(const RootDir& root, const Place& dev, const config::ContainerSetup& setup) {
    for (const auto& node : setup.devices) {
        const auto path = clean_path("/" + node.path);
        if (node.path.empty() || path == "/dev/ptmx") continue;  // only a cgroup rule; always the link below
        if (dir_name(path) == "/dev") {
            make_node(dev, std::string(base_name(path)), node, setup.has_user_namespace);
        } else {
            const auto entry = root.make_parent(ContainerPath(path));
            make_node({entry.parent, false}, entry.name, node, setup.has_user_namespace);
        }
    }
}

void make_link(const sys::UniqueFd& dev, const char* name, const char* target) {
    const int error = sys::try_make_symlink_at(dev, name, target);
    if (error != 0 && error != EEXIST) throw Error::from_errno(error, fmt::format("symlink /dev/{}", name));
}

// /dev/ptmx must be the one of the container's own devpts, whatever the image has there.
void make_ptmx_link(const sys::UniqueFd& dev) {
    constexpr const char* kName = "ptmx";
    int error = sys::try_make_symlink_at(dev, kName, "pts/ptmx");
    if (error == EEXIST) {
        error = sys::try_unlink_at(dev, kName);
        if (error == 0 || error == ENOENT) error = sys::try_make_symlink_at(dev, kName, "pts/ptmx");
    }
    if (error != 0) throw Error::from_errno(error, "error setting up ptmx: symlink /dev/ptmx");
}

bool is_new_tmpfs(const config::ContainerSetup& setup, const sys::UniqueFd& dev) {
    const bool mounted = std::ranges::any_of(setup.mounts, [](const config::Mount& mount) {
        return mount.type == "tmpfs" && mount.destination == "/dev" && !mount.copy_up;
    });
    // With set-gid on the directory new nodes would take over its group.
    return mounted && (sys::stat_fd(dev, "/dev").st_mode & S_ISGID) == 0;
}

}  // namespace

void create_devices(const RootDir& root, const config::ContainerSetup& setup) {
    if (!setup.populate_dev) return;
    const sys::ScopedUmask no_mask(0);
    const auto dev = root.make_dirs(ContainerPath("/dev"), kParentMode);
    try {
        make_nodes(root, {dev, is_new_tmpfs(setup, dev)}, setup);
    } catch (Error& error) {
        error.add_context("error creating device nodes");
        throw;
    }
    make_ptmx_link(dev);
    for (const auto& link : kLinks)
        make_link(dev, link.name, link.target);
    if (sys::exists(HostPath("/proc/kcore"))) make_link(dev, "core", "/proc/kcore");
}

}  // namespace runcxx::rootfs
