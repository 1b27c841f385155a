// SPDX-License-Identifier: Apache-2.0
#include "sys/own_executable.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "sys/file.h"
#include "sys/retry.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // Linux 6.3
#endif

namespace runcxx::sys {
namespace {

const HostPath kSelf("/proc/self/exe");

UniqueFd make_memfd() {
    // Older kernels know no MFD_EXEC and make every memfd executable.
    UniqueFd fd(::memfd_create("runcxx", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC));
    if (!fd && errno == EINVAL) fd.reset(::memfd_create("runcxx", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd) throw Error::from_errno(errno, "memfd_create");
    return fd;
}

}  // namespace

UniqueFd try_read_only_executable() {
    UniqueFd fd(static_cast<int>(
        ::syscall(SYS_open_tree, AT_FDCWD, kSelf.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
    if (!fd) return fd;
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_RDONLY;
    if (::syscall(SYS_mount_setattr, fd.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0)
        fd.reset();
    return fd;
}

UniqueFd sealed_executable_copy() {
    const auto source = open_file(kSelf, O_RDONLY);
    auto left = static_cast<std::size_t>(stat_fd(source, kSelf.str()).st_size);
    const auto copy = make_memfd();
    while (left > 0) {
        const auto sent = retry([&] { return ::sendfile(copy.get(), source.get(), nullptr, left); });
        if (sent <= 0) throw Error::from_errno(sent < 0 ? errno : EIO, "copy own executable");
        left -= static_cast<std::size_t>(sent);
    }
    ::fchmod(copy.get(), 0555);
    if (::fcntl(copy.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        throw Error::from_errno(errno, "seal the copy of our own executable");
    // exec refuses a file that is open for writing (ETXTBSY), so hand out a read-only description.
    return open_file(HostPath(proc_fd_path(copy)), O_PATH);
}

}  // namespace runcxx::sys
