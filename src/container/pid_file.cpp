// SPDX-License-Identifier: Apache-2.0
#include "container/pid_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/core.h>

#include "base/error.h"
#include "sys/file.h"

namespace runcxx::container {

void write_pid_file(const HostPath& path, pid_t pid) {
    const auto dir = sys::open_file(HostPath(dir_name(path.str())), O_RDONLY | O_DIRECTORY);
    const std::string name(base_name(path.str()));
    // What is there is replaced, and nobody wants a file in the place of /dev/null.
    if (const auto old = sys::try_open_at(dir, name, O_PATH | O_NOFOLLOW)) {
        const auto mode = sys::stat_fd(old, path.str()).st_mode;
        if (!S_ISREG(mode) && !S_ISLNK(mode))
            throw Error(
                fmt::format("pid file {} is no regular file, and would be replaced by one", path.str()));
    }
    sys::write_atomically(dir, name, fmt::format("{}", pid), 0666);
}

}  // namespace runcxx::container
