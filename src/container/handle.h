// SPDX-License-Identifier: Apache-2.0
// An existing container: its records, its cgroups, its init if that is still the process it was.
// Runs in: runtime.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/paths.h"
#include "cgroups/manager.h"
#include "container/boot_id.h"
#include "container/records.h"
#include "container/state_dir.h"
#include "container/status.h"
#include "sys/unique_fd.h"

namespace runcxx::container {

// What is the same for all containers: who looks at many of them looks at it once.
struct Surroundings {
    std::string boot_id = current_boot_id();
    cgroups::Mount cgroups;
};

class Handle {
public:
    // Errors: ContainerNotFound when there is no directory.
    static Handle load(const HostPath& root, const std::string& id);
    // Waits for the lock first (StateDir::lock) and holds it: for who changes the container. A creation that is
    // going on has finished or failed then.
    static Handle load_locked(const HostPath& root, const std::string& id);
    // Of a directory that is open (and locked) already.
    static Handle load(StateDir dir);
    // Knows no more than StateDir::read_summary(): for who tells what there is and changes nothing. The surroundings
    // outlive it.
    static Handle load_summary(StateDir dir, const Surroundings& surroundings);
    // Of a container that this process has just made.
    Handle(StateDir dir, std::optional<Intent> intent, std::optional<State> state, std::string_view boot_id,
           const cgroups::Mount* mount = nullptr);

    StateDir& dir() { return dir_; }
    const StateDir& dir() const { return dir_; }
    // Facts of the intent record or of state.json, whichever says more; nullptr: nothing was done yet.
    const Intent* facts() const;
    const std::optional<State>& state() const { return state_; }
    // Without any cgroup when the record is of another boot: who uses the same path now is somebody else.
    cgroups::Manager& cgroup() const { return *cgroup_; }

    Status status() const { return status(init_pid() != 0); }
    // For who knows already whether init is alive.
    Status status(bool init_is_alive) const;
    // The pid of a live init, 0 otherwise.
    pid_t init_pid() const;
    // A pidfd of init, checked against the record after it was opened: signals through it cannot hit a
    // stranger. Empty when init is gone.
    sys::UniqueFd init_pidfd() const;

private:
    // Whether it is init that this is a pidfd of, and alive.
    bool is_live_init(const sys::UniqueFd& pidfd) const;

    StateDir dir_;
    std::optional<Intent> intent_;
    std::optional<State> state_;
    bool is_this_boot_ = false;
    std::unique_ptr<cgroups::Manager> cgroup_;
};

}  // namespace runcxx::container
