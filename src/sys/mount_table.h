// SPDX-License-Identifier: Apache-2.0
// /proc/self/mountinfo as values (proc_pid_mountinfo(5)). Reading it costs time with the number of mounts on
// the host: only for rare paths. Runs in: either.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runcxx::sys {

struct MountTableEntry {
    std::string root;         // the directory of the file system that is mounted; "/" when it is all of it
    std::string mount_point;  // unescaped
    std::string type;         // "proc", "fuse.sshfs"
};

// Lines that do not parse are left out.
std::vector<MountTableEntry> parse_mount_table(std::string_view text);
std::vector<MountTableEntry> own_mount_table();

}  // namespace runcxx::sys
