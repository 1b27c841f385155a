// SPDX-License-Identifier: Apache-2.0
// The pieces masks are made of. Runs in: init.
#pragma once

#include <string>

#include "sys/device_node.h"
#include "sys/unique_fd.h"

namespace runcxx::rootfs {

inline bool is_null_device(const struct stat& status) {
    return sys::is_char_device(status, 1, 3);
}

// An empty read-only tmpfs over the directory; 0 or the errno.
int try_mount_empty_dir(const sys::UniqueFd& directory, const std::string& label_option);
int try_mount_empty_dir(const std::string& directory, const std::string& label_option);

}  // namespace runcxx::rootfs
