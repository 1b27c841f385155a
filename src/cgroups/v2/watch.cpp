// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v2/watch.h"

namespace runcxx::cgroups::v2 {
namespace {

constexpr auto kKills = "oom_kill";
constexpr auto kPopulated = "populated";

}  // namespace

UnifiedWatch::UnifiedWatch(const Directory& directory)
    : memory_events_(directory, "memory.events"), cgroup_events_(directory, "cgroup.events") {
    seen_ = memory_events_.read(kKills).value_or(0);
}

void UnifiedWatch::append_entries(std::vector<sys::PollEntry>& entries) const {
    memory_events_.append_entry(entries);
    cgroup_events_.append_entry(entries);
}

Watch::News UnifiedWatch::look() {
    News news;
    // The end first: what was killed before it is in memory.events by then.
    news.ended = cgroup_events_.read(kPopulated).value_or(0) == 0;
    if (const auto kills = memory_events_.read(kKills); kills && *kills > seen_) {
        news.ooms = *kills - seen_;
        seen_ = *kills;
    }
    return news;
}

}  // namespace runcxx::cgroups::v2
