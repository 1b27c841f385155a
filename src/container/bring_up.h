// SPDX-License-Identifier: Apache-2.0
// The launch: from a plan to a container whose init waits for `start` or runs its program. Shared by create
// and run. Runs in: runtime.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "container/handle.h"
#include "container/plan.h"
#include "notify/notify_proxy.h"
#include "sys/child_process.h"
#include "sys/poll.h"

namespace runcxx::container {

// What init's standard streams and sockets are.
struct InitIo {
    std::vector<sys::UniqueFd> stdio;               // three, or none to share ours
    const sys::UniqueFd* console_socket = nullptr;  // where init sends its terminal
    const sys::UniqueFd* pidfd_socket = nullptr;
    // Called when init has sent its terminal and before the program runs. May be empty.
    std::function<void()> take_terminal;
};

struct Running {
    Handle container;
    sys::ChildProcess init;
    // Bound before init runs, when it is not to wait for `start` and somebody wants to be notified.
    std::optional<notify::NotifyProxy> notify;
};

// The opposite of bring_up, for what can still fail afterwards: kills, reaps and removes.
void take_down(Running& running);

// Holds the container's lock on return. On failure everything is undone, and poststop hooks have run if
// createRuntime hooks had. wait_for_start: init parks at the exec fifo.
Running bring_up(Plan& plan, InitIo io, bool wait_for_start, sys::SignalFd& signals);

}  // namespace runcxx::container
