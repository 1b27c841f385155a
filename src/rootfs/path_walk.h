// SPDX-License-Identifier: Apache-2.0
// A lookup below a root by hand: one component at a time, every symlink read and resolved here, so that no
// name a container controls is ever followed by the kernel. It serves where openat2(2) is missing, and where
// something is to be created behind a dangling symlink, which no system call can do inside a root. Runs in:
// init. Must not: create anything.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sys/unique_fd.h"

namespace runcxx::rootfs {

struct PathWalk {
    int error = 0;         // errno of a failure other than ENOENT; then nothing else is set
    sys::UniqueFd found;   // O_PATH handle of the deepest part that exists
    sys::UniqueFd parent;  // the directory `found` is in; empty when `found` is the root
    std::string name;      // the name of `found` in `parent`
    std::vector<std::string>
        missing;  // what does not exist below `found`, links expanded; empty: the path exists
};

struct WalkOptions {
    bool refuse_links = false;     // any symlink is ELOOP
    bool follow_last_link = true;  // false: a link at the end is found itself
};

// Never leaves `root`: absolute links start there, ".." stops there. Symlinks of procfs that the kernel would
// follow by magic are ELOOP. Holds at most four fds, however deep the path.
PathWalk walk_path(const sys::UniqueFd& root, std::string_view path, const WalkOptions& options = {});

}  // namespace runcxx::rootfs
