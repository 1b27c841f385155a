// SPDX-License-Identifier: Apache-2.0
// memory.events and cgroup.events of a cgroup2 directory.
// Runs in: runtime.
#pragma once

#include "cgroups/watch.h"

namespace runcxx::cgroups::v2 {

class UnifiedWatch final : public Watch {
public:
    // OOM kills before now do not count.
    explicit UnifiedWatch(const Directory& directory);

    void append_entries(std::vector<sys::PollEntry>& entries) const override;
    News look() override;
    bool knows_ooms() const override { return memory_events_.is_open(); }

private:
    EventsFile memory_events_, cgroup_events_;
    std::uint64_t seen_ = 0;
};

}  // namespace runcxx::cgroups::v2
