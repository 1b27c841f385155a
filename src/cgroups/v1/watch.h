// SPDX-License-Identifier: Apache-2.0
// The OOM notification of the v1 memory controller (Documentation/admin-guide/cgroup-v1/memory.rst, 10), and on a
// hybrid host the end of the container from its cgroup2 side. v1 alone only tells that its directory was removed.
// Runs in: runtime.
#pragma once

#include "cgroups/watch.h"

namespace runcxx::cgroups::v1 {

class HierarchyWatch final : public Watch {
public:
    // The first two may be null; `any` is used as long as this lives. Throws when the kernel does not take the
    // registration.
    HierarchyWatch(const Directory* memory, const Directory* unified, const Directory& any);

    void append_entries(std::vector<sys::PollEntry>& entries) const override;
    News look() override;
    bool knows_ooms() const override { return counter_.is_open(); }

private:
    sys::UniqueFd counter_;
    EventsFile cgroup_events_;
    const Directory& lasting_;  // memory's if there is one
};

}  // namespace runcxx::cgroups::v1
