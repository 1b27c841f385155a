// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v1/watch.h"

#include <fcntl.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "sys/cgroup_file.h"

namespace runcxx::cgroups::v1 {
namespace {

sys::UniqueFd register_ooms(const Directory& memory) {
    const auto failed = [&](const char* name) {
        return Error::from_errno(errno, fmt::format("cannot be notified of OOM: {}/{}", memory.path(), name));
    };
    auto counter = sys::make_event_counter();
    const auto watched = memory.try_open("memory.oom_control", O_RDONLY);
    if (!watched) throw failed("memory.oom_control");
    const auto control = memory.try_open("cgroup.event_control", O_WRONLY);
    if (!control) throw failed("cgroup.event_control");
    if (const int failure = sys::try_register_event(control, counter, watched)) {
        errno = failure;
        throw failed("cgroup.event_control");
    }
    return counter;
}

}  // namespace

HierarchyWatch::HierarchyWatch(const Directory* memory, const Directory* unified, const Directory& any)
    : lasting_(memory != nullptr ? *memory : any) {
    if (memory != nullptr) counter_ = register_ooms(*memory);
    if (unified != nullptr) cgroup_events_ = EventsFile(*unified, "cgroup.events");
}

void HierarchyWatch::append_entries(std::vector<sys::PollEntry>& entries) const {
    if (counter_) entries.push_back({counter_.get(), sys::kReadable, 0});
    cgroup_events_.append_entry(entries);
}

Watch::News HierarchyWatch::look() {
    News news;
    if (counter_) news.ooms = sys::take_event_count(counter_);
    // A handle of a removed cgroup has nothing below it.
    const bool is_removed = !lasting_.has("cgroup.procs");
    // The removal was counted as well.
    if (is_removed && news.ooms > 0) --news.ooms;
    news.ended =
        is_removed || (cgroup_events_.is_open() && cgroup_events_.read("populated").value_or(0) == 0);
    return news;
}

}  // namespace runcxx::cgroups::v1
