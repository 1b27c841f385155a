// SPDX-License-Identifier: Apache-2.0
// What an existing user namespace maps, seen from this process's own.
// Runs in: runtime.
#pragma once

#include <string>

#include "base/paths.h"

namespace runcxx::sys {

struct UserNamespaceMaps {
    std::string uid_map;  // lines "inside outside count", padded with blanks, as in /proc/PID/uid_map
    std::string gid_map;
    bool setgroups_denied = false;  // /proc/PID/setgroups, Linux 3.19
};

// Of the namespace behind a path such as /proc/PID/ns/user or a bind mount of one; setns(2) has the rules of
// who may. No file of /proc names a namespace's maps but those of a process inside, so a child visits it,
// unless the path names such a process already. Errors: "open <path>: ...", "setns to user namespace <path>:
// ...".
UserNamespaceMaps user_namespace_maps(const HostPath& ns);

// Of this process's own user namespace.
bool own_setgroups_denied();

}  // namespace runcxx::sys
