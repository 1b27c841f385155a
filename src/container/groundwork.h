// SPDX-License-Identifier: Apache-2.0
// What there is of a new container before its first process: the record of intent, the state directory, the cgroup.
// Shared by the launch and by restore. Runs in: runtime.
#pragma once

#include <cstdint>
#include <memory>

#include "base/rollback.h"
#include "cgroups/manager.h"
#include "container/plan.h"
#include "container/records.h"
#include "container/state_dir.h"
#include "sys/poll.h"

namespace runcxx::container {

// Whose rules for devices the kernel takes: not of who lives in a user namespace.
inline cgroups::DeviceRules device_rules(const Plan& plan) {
    return plan.facts.in_user_namespace ? cgroups::DeviceRules::Skip : cgroups::DeviceRules::Apply;
}

struct Groundwork {
    // The record of intent comes before every other side effect: whatever kills us from there on, it names what there is
    // to undo. `signals`: interrupting ones end every wait with an Error. Errors: "container with given ID already exists",
    // "container's cgroup is not empty: ...", those of cgroups::Manager::create() and of intelrdt::create().
    Groundwork(const Plan& plan, sys::SignalFd& signals);
    Groundwork(const Groundwork&) = delete;
    Groundwork& operator=(const Groundwork&) = delete;

    // Where this cgroup's limit of memory has killed something meanwhile, that is said first.
    [[noreturn]] void rethrow_with_cause(Error& error) const;

    std::unique_ptr<cgroups::Manager> cgroup;
    Intent intent;
    StateDir dir;
    cgroups::Created made;
    // Removes all of it, processes in the cgroup included, unless it is committed. The last member: what its actions
    // refer to is still there. What is added refers to what outlives this object.
    Rollback rollback;

private:
    std::uint64_t oom_kills_before_ = 0;
};

}  // namespace runcxx::container
