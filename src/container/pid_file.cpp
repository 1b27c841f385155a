// SPDX-License-Identifier: Apache-2.0
#include "container/pid_file.h"

#include <fcntl.h>

#include <fmt/core.h>

#include "sys/file.h"

namespace runcxx::container {

void write_pid_file(const HostPath& path, pid_t pid) {
    const auto dir = sys::open_file(HostPath(dir_name(path.str())), O_RDONLY | O_DIRECTORY);
    sys::write_atomically(dir, std::string(base_name(path.str())), fmt::format("{}", pid), 0666);
}

}  // namespace runcxx::container
