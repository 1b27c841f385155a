// SPDX-License-Identifier: Apache-2.0
// Mount sources that the runtime opens for init: init may be unable to reach them, and only the owner of a
// file system may id-map its mounts (mount_setattr(2), MOUNT_ATTR_IDMAP, Linux 5.12). They are opened inside
// init's mount namespace, because a source may be something that init itself mounted a moment ago; a
// single-threaded process cannot visit another mount namespace and come back, so a child does it and hands
// the fd over. Runs in: runtime. Must not: know oci or config types.
#pragma once

#include <sys/types.h>

#include <deque>
#include <string>

#include "base/paths.h"
#include "sys/unique_fd.h"

namespace runcxx::sys {

// User namespaces that exist only to name an id mapping, one per distinct mapping.
class IdMapNamespaces {
public:
    // Text of /proc/PID/uid_map and gid_map, lines "inside outside count\n". The reference lives as long as
    // *this. Throws Error "cannot make a user namespace for the id mapping: ...".
    const UniqueFd& get(const std::string& uid_map, const std::string& gid_map);

private:
    struct Entry {
        std::string maps;
        UniqueFd user_namespace;
    };
    std::deque<Entry> entries_;  // stable references
};

struct MountSourceRequest {
    HostPath source;
    bool follow = true;                        // false: a link at the end of the path is the source itself
    bool recursive = false;                    // the bind is an rbind
    const UniqueFd* user_namespace = nullptr;  // set: id-map the clone by it; null: only open
    bool map_recursively = false;              // ridmap
};

// In the mount namespace of process `init`: a detached, id-mapped clone of the source, or an O_PATH handle of
// it when no user namespace is given. Errors: "open /x: no such file or directory", "failed to set
// MOUNT_ATTR_IDMAP on /x: ..." with the file system's type when the kernel refuses it.
UniqueFd open_mount_source(pid_t init, const MountSourceRequest& request);

}  // namespace runcxx::sys
