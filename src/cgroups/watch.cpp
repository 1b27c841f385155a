// SPDX-License-Identifier: Apache-2.0
#include "cgroups/watch.h"

#include <fcntl.h>

#include "cgroups/processes.h"
#include "sys/cgroup_file.h"

namespace runcxx::cgroups {

EventsFile::EventsFile(const Directory& directory, const std::string& name)
    : fd_(directory.try_open(name, O_RDONLY)) {}

void EventsFile::append_entry(std::vector<sys::PollEntry>& entries) const {
    if (is_open()) entries.push_back({fd_.get(), sys::kChanged, 0});
}

std::optional<std::uint64_t> EventsFile::read(std::string_view key) {
    if (!is_open() || sys::try_read_again(fd_, text_) != 0) return std::nullopt;
    return value_of(text_, key);
}

}  // namespace runcxx::cgroups
