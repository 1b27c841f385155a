// SPDX-License-Identifier: Apache-2.0
// Where the cgroup file system is. Runs in: runtime.
#pragma once

#include <string>

#include "sys/unique_fd.h"

namespace runcxx::cgroups {

// Who looks at many containers has one, and lends it to the manager of each (restore_manager).
class Mount {
public:
    Mount() : Mount("/sys/fs/cgroup") {}
    explicit Mount(std::string path) : path_(std::move(path)) {}

    const std::string& path() const { return path_; }
    // O_PATH, opened when first needed; not open with errno set on failure.
    const sys::UniqueFd& fd() const;

private:
    std::string path_;
    mutable sys::UniqueFd fd_;
};

}  // namespace runcxx::cgroups
