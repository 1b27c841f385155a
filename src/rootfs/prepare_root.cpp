// SPDX-License-Identifier: Apache-2.0
// What the namespace is at the start: a copy of the host's mounts, in peer groups with them. "/" gets the
// configured propagation (slave by default), then the rootfs is cloned onto itself, because pivot_root(2)
// wants a mount.
#include <fcntl.h>
#include <sys/mount.h>

#include <cerrno>

#include "base/error.h"
#include "base/paths.h"
#include "rootfs/propagation.h"
#include "rootfs/rootfs.h"
#include "sys/file.h"
#include "sys/mount.h"

namespace runcxx::rootfs {
namespace {

// The nearest mount at or above `path`. pivot_root(2) fails below a shared one, and what is mounted on the
// rootfs would show up on the host.
void unshare_parent_mount(std::string path, std::uint64_t propagation) {
    const sys::MountCall call{.flags = (propagation & MS_SLAVE) != 0 ? std::uint64_t{MS_SLAVE}
                                                                     : std::uint64_t{MS_PRIVATE}};
    for (;;) {
        const int error = sys::try_mount(call, path);
        if (error == 0) return;
        // EINVAL: not a mount point.
        if (error != EINVAL || path == "/")
            throw Error::from_errno(error, "remount-propagation " + sys::mount_call_text(call, path));
        path = dir_name(path);
    }
}

sys::UniqueFd bind_on_itself(const std::string& rootfs) {
    auto clone = sys::try_clone_mount(rootfs, true);
    const int error = clone ? sys::try_attach_mount(clone, rootfs) : errno;
    if (error == 0) return clone;
    if (!sys::is_refusal_of_new_calls(error))
        throw Error::from_errno(error, "bind src=" + rootfs + ", dst=" + rootfs);
    sys::mount({.source = rootfs, .type = "bind", .flags = MS_BIND | MS_REC}, rootfs);
    return sys::open_file(HostPath(rootfs), O_PATH | O_DIRECTORY);
}

}  // namespace

RootDir prepare_root(const config::ContainerSetup& setup) {
    const auto propagation = root_propagation(setup);
    if (setup.has_mount_namespace) {
        sys::mount({.flags = propagation}, "/");
        if (!leaves_nothing_shared(propagation)) unshare_parent_mount(setup.rootfs, propagation);
    }
    auto directory = bind_on_itself(setup.rootfs);
    // By default mounts that the host makes below the rootfs later stay out of the container.
    if (setup.rootfs_propagation == 0 || !setup.has_mount_namespace) {
        const sys::MountCall call{.flags = MS_PRIVATE};
        if (const int error = sys::try_mount_on(call, directory); error != 0)
            throw Error::from_errno(error, sys::mount_call_text(call, setup.rootfs));
    }
    return {std::move(directory), setup.rootfs};
}

}  // namespace runcxx::rootfs
