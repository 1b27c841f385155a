// SPDX-License-Identifier: Apache-2.0
#include "sys/mount_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <exception>

#include "base/error.h"
#include "base/log.h"
#include "sys/file.h"
#include "sys/mount.h"

namespace runcxx::sys {

PrivateMounts::PrivateMounts()
    : namespace_(open_file(HostPath("/proc/self/ns/mnt"), O_RDONLY)),
      root_(open_file(HostPath("/"), O_PATH | O_DIRECTORY)),
      working_dir_(open_file(HostPath("."), O_PATH | O_DIRECTORY)) {
    if (::unshare(CLONE_NEWNS) < 0) throw Error::from_errno(errno, "unshare mount namespace");
    try {
        sys::mount({.flags = MS_SLAVE | MS_REC}, "/");
    } catch (...) {
        leave();
        throw;
    }
}

PrivateMounts::~PrivateMounts() {
    if (!namespace_) return;
    try {
        leave();
    } catch (const Error& error) {
        log::write(log::Level::Error, error.message());
        std::terminate();
    }
}

// setns(2) makes the namespace's own root ours, which need not be the one we had (chroot(2)).
void PrivateMounts::leave() {
    if (::setns(namespace_.get(), CLONE_NEWNS) < 0 || ::fchdir(root_.get()) < 0 || ::chroot(".") < 0 ||
        ::fchdir(working_dir_.get()) < 0)
        throw Error::from_errno(errno, "return to our mount namespace");
    namespace_.reset();
}

}  // namespace runcxx::sys
