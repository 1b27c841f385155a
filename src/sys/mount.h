// SPDX-License-Identifier: Apache-2.0
// mount(2) and the newer calls on mounts as file descriptors (Linux 5.2; attributes 5.12). A target is an fd,
// so that no name is looked up twice; only paths that the caller vouches for are taken as text. try_
// functions return 0 or the errno (or an empty fd and errno). Runs in: either. Must not: know mount options
// or container paths.
#pragma once

#include <cstdint>
#include <string>

#include "sys/unique_fd.h"

namespace runcxx::sys {

// The arguments of one mount(2); empty type and data are passed as NULL.
struct MountCall {
    std::string source;
    std::string type;
    std::uint64_t flags = 0;  // MS_*
    std::string data;
};

// "MS_NOSUID|MS_RDONLY|0x1000000"; empty for 0.
std::string mount_flags_text(std::uint64_t flags);
// "mount src=proc, dst=/proc, flags=MS_NOSUID, data=hidepid=2", for messages.
std::string mount_call_text(const MountCall& call, const std::string& target);

// By name: `target` must be out of reach of the container, or inside the final root.
int try_mount(const MountCall& call, const std::string& target);
void mount(const MountCall& call, const std::string& target);
// On the object of `target` itself (an O_PATH fd will do): "/proc/self/fd/N", or, for directories where /proc
// is not mounted, fchdir(2) and ".". `below` is a name inside `target` that only this process can have made.
int try_mount_on(const MountCall& call, const UniqueFd& target, const std::string& below = {});

// Like try_mount, but an EBUSY (a file is open for writing) is tried again, five times with 100 ms between.
int try_mount_patiently(const MountCall& call, const std::string& target);

// umount2(MNT_DETACH).
int try_detach(const std::string& target);

// True for the errno of a mount call by fd that an older kernel (ENOSYS) or an LSM or seccomp policy made for mount(2)
// (EPERM, EACCES) answers with: mount(2) may still be allowed, and will tell the true error otherwise.
bool is_refusal_of_new_calls(int error);

// open_tree(2) OPEN_TREE_CLONE: a private copy of the mount at `path` (or of `object`), attached nowhere; it
// vanishes with its fd unless it is attached.
// `follow` false: a link at the end of the path is the object itself.
UniqueFd try_clone_mount(const std::string& path, bool recursive, bool follow = true);
UniqueFd try_clone_mount(const UniqueFd& object, bool recursive);
// move_mount(2) of a detached mount onto `target`. `mount` stays a handle of the mount.
int try_attach_mount(const UniqueFd& mount, const UniqueFd& target);
int try_attach_mount(const UniqueFd& mount, const std::string& target);

struct MountAttributes {
    std::uint64_t set = 0;                     // MOUNT_ATTR_*
    std::uint64_t clear = 0;                   // MOUNT_ATTR_*
    std::uint64_t propagation = 0;             // MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE; 0: unchanged
    const UniqueFd* user_namespace = nullptr;  // of MOUNT_ATTR_IDMAP
};
// mount_setattr(2) of the mount that `mount` is a handle of, or of the one at `path`.
int try_set_mount_attributes(const UniqueFd& mount, const MountAttributes& attributes, bool recursive);
int try_set_mount_attributes(const std::string& path, const MountAttributes& attributes, bool recursive);

// The MS_* flags of the mount that holds `object`, from fstatfs(2); MS_STRICTATIME when no other atime flag
// is set.
std::uint64_t mount_flags(const UniqueFd& object);

// pivot_root(".", ".") and detaching of the old root: the directory `new_root` becomes "/" and the working
// directory. `old_root_is_shared`: mounts below the old root may have peers on the host; they are made slaves
// first.
void pivot_into(const UniqueFd& new_root, bool old_root_is_shared);
// chroot(2) into `new_root`, which becomes the working directory.
void chroot_into(const UniqueFd& new_root);

}  // namespace runcxx::sys
