// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v2/ownership.h"

#include <fcntl.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/text.h"
#include "sys/file.h"

namespace runcxx::cgroups::v2 {
namespace {

constexpr gid_t kSameGroup = static_cast<gid_t>(-1);

}  // namespace

std::vector<std::string> delegated_files(const std::optional<std::string>& list) {
    if (!list) return {"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"};
    std::vector<std::string> names;
    for (const auto line : split(*list, '\n'))
        if (const auto name = trim(line); !name.empty()) names.emplace_back(name);
    return names;
}

void give_to(const Directory& directory, uid_t owner) {
    sys::chown_fd(directory.fd(), owner, kSameGroup, directory.path());
    for (const auto& name : delegated_files(sys::try_read_file(HostPath("/sys/kernel/cgroup/delegate")))) {
        if (const auto file = directory.try_open(name, O_PATH))
            sys::chown_fd(file, owner, kSameGroup, fmt::format("{}/{}", directory.path(), name));
        else if (errno != ENOENT)
            throw Error::from_errno(errno, fmt::format("openat2 {}/{}", directory.path(), name));
    }
}

}  // namespace runcxx::cgroups::v2
