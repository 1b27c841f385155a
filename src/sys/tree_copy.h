// SPDX-License-Identifier: Apache-2.0
// Copies what is in one directory into another, by directory fds, following no link.
// Runs in: either.
#pragma once

#include <string_view>

#include "sys/unique_fd.h"

namespace runcxx::sys {

// Directories, files, links, fifos and devices with owner, permissions and modification time; sockets are
// left out. `from` and `to` may be O_PATH handles. Stops at mount points below `from`. Holds two fds per
// level.
void copy_tree(const UniqueFd& from, const UniqueFd& to, std::string_view object);

}  // namespace runcxx::sys
