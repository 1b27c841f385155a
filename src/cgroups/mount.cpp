// SPDX-License-Identifier: Apache-2.0
#include "cgroups/mount.h"

#include <fcntl.h>

#include "base/paths.h"
#include "sys/file.h"

namespace runcxx::cgroups {

const sys::UniqueFd& Mount::fd() const {
    if (!fd_) fd_ = sys::try_open(HostPath(path_), O_PATH | O_DIRECTORY);
    return fd_;
}

}  // namespace runcxx::cgroups
