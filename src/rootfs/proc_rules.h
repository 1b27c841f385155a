// SPDX-License-Identifier: Apache-2.0
// What may be mounted where around /proc, as pure decisions: a fake /proc, or a fake file in it, would
// receive the labels and sysctls meant for the kernel (CVE-2019-16884, CVE-2019-19921, CVE-2023-28642). Runs
// in: init. Must not: issue a syscall.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/container.h"

namespace runcxx::rootfs {

enum class ProcPlace : unsigned char {
    Outside,
    Top,       // /proc itself: a fresh procfs, or a bind of one
    Emulated,  // one of the files below it that lxcfs and the like replace
    Inside,    // anything else below it: refused
};
// `path` is absolute, clean and free of symlinks.
ProcPlace classify_proc_path(std::string_view path);

// True when `path` is on a proc or sysfs that `mounts` puts there and under no other mount: its components
// are the kernel's, no image can have made one of them a symlink, so it may be used by name inside the final
// root.
bool is_on_kernel_fs(const std::vector<config::Mount>& mounts, std::string_view path);

}  // namespace runcxx::rootfs
