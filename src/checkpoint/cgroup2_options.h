// SPDX-License-Identifier: Apache-2.0
// The options of the host's cgroup2 (nsdelegate, memory_recursiveprot, ...), which belong to the file system and not to a
// mount: CRIU mounts it for itself, and every mount from the initial cgroup namespace without options takes them from all
// (cgroups(7); checkpoint-restore/criu#3029). Runs in: runtime.
#pragma once

#include <string>

namespace runcxx::checkpoint {

// Puts them back at its end if they have changed since. That it cannot is a warning.
class Cgroup2Options {
public:
    Cgroup2Options();
    ~Cgroup2Options();
    Cgroup2Options(const Cgroup2Options&) = delete;
    Cgroup2Options& operator=(const Cgroup2Options&) = delete;

private:
    std::string mount_point_;  // empty: there is none
    std::string options_;
};

}  // namespace runcxx::checkpoint
