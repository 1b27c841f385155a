// SPDX-License-Identifier: Apache-2.0
// `events`: what a container uses, again and again, and that it ran out of memory.
// Runs in: runtime.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/paths.h"

namespace runcxx::container {

struct EventsOptions {
    std::int64_t interval_ns = 0;  // between two statistics
    bool stats_once = false;       // print the statistics now, and that is all
};

// One JSON object per line to `print`, as `runc events` has them: {"type":"stats","id":ID,"data":{...}}, the first
// after one interval, and {"type":"oom","id":ID} for each time the kernel reports one. Ends with the container's
// last process. Errors: ContainerNotFound; "duration interval must be greater than 0"; "container with id X is
// not running"; "unable to get container cgroup stats: ...".
void events(const HostPath& root, const std::string& id, const EventsOptions& options,
            const std::function<void(std::string_view line)>& print);

}  // namespace runcxx::container
