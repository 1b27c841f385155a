// SPDX-License-Identifier: Apache-2.0
// openat2(2) (Linux 5.6): lookups that cannot leave a directory. Knows nothing of containers; what to do
// where the call is missing is the caller's business. Runs in: either.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "sys/unique_fd.h"

namespace runcxx::sys {

enum class Resolve : std::uint8_t {
    InRoot,           // IN_ROOT|NO_MAGICLINKS: absolute links and ".." stay below `dir`
    InRootNoLinks,    // the same, any symlink is ELOOP
    BeneathOneMount,  // BENEATH|NO_XDEV|NO_MAGICLINKS: leaving `dir` or its mount is EXDEV
    Child,            // BENEATH|NO_XDEV|NO_SYMLINKS
};

// O_CLOEXEC is added. EAGAIN and a transient EXDEV (a rename raced with "..") are retried, at first at once,
// then with short sleeps. Empty fd and errno on failure; errno is ENOSYS when the kernel has no openat2 or an
// outer seccomp filter denies it.
UniqueFd try_openat2(const UniqueFd& dir, const std::string& path, int flags, mode_t mode, Resolve resolve);

}  // namespace runcxx::sys
