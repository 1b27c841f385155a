// SPDX-License-Identifier: Apache-2.0
// What the runtime does for the init of a new container between its spawning and its program: the answers to
// launch::Requests, and what can be prepared while init builds the rootfs. One object for one launch; it refers to what
// bring_up() holds. Runs in: runtime.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cgroups/manager.h"
#include "config/container.h"
#include "container/groundwork.h"
#include "container/hook_output.h"
#include "container/plan.h"
#include "container/records.h"
#include "launch/init_process.h"
#include "network/devices.h"
#include "sys/file.h"
#include "sys/idmap_mount.h"
#include "sys/poll.h"

namespace runcxx::container {

class InitRequests {
public:
    // `stdio`: init's, none where it shares ours. To be made before what was configured is changed for the launch (a
    // network namespace that is joined instead of made): a checkpoint has to know what was asked for.
    InitRequests(Plan& plan, Groundwork& ground, launch::InitProcess& init,
                 const std::vector<sys::UniqueFd>& stdio, const HookOutput& hook_output,
                 std::optional<network::MovedDevices>& moved_devices, sys::SignalFd& signals);

    // What needs no answer of init; to be called before serve(), beside which init builds the rootfs. Errors: "compile
    // seccomp profile", "load device rules", those of the state directory.
    void prepare();

    // For InitProcess::serve(). `take_terminal` (may be empty) is called when init has sent its terminal.
    launch::Requests answers(const std::function<void()>& take_terminal);

    // From then on poststop hooks are due, however the launch ends.
    bool ran_hooks() const { return ran_hooks_; }
    const State& state() const { return state_; }

private:
    sys::UniqueFd mount_source(std::size_t index);
    void rootfs_ready();
    std::optional<config::SeccompProgram> process_ready();
    void send_listener(const sys::UniqueFd& listener);

    void apply_limits();
    void stage_state();

    Plan& plan_;
    Groundwork& ground_;
    cgroups::Manager& cgroup_;
    launch::InitProcess& init_;
    const HookOutput& hook_output_;
    std::optional<network::MovedDevices>& moved_devices_;
    sys::SignalFd& signals_;
    sys::IdMapNamespaces id_maps_;
    State state_;
    std::unique_ptr<sys::StagedFile> staged_state_;  // init may not go on before it is committed
    std::optional<config::SeccompProgram> seccomp_;
    bool limits_applied_ = false;
    bool ran_hooks_ = false;
};

}  // namespace runcxx::container
