// SPDX-License-Identifier: Apache-2.0
// Everything that exec decides before its first side effect.
// Runs in: runtime.
#pragma once

#include "config/exec.h"
#include "config/resolve.h"
#include "container/exec.h"
#include "container/handle.h"
#include "host/facts.h"
#include "launch/bootstrap_message.h"

namespace runcxx::container {

struct ExecPlan {
    ExecOptions options;
    Handle container;
    // Held from before the container was looked at, so that its pid stands for one process all the while.
    sys::UniqueFd init_pidfd;
    bool is_paused = false;
    std::optional<std::uint64_t> oom_kills;  // in the container's cgroup before us
    HostPath pid_file;                       // absolute, or empty
    config::ResolvedProcess process;
    config::SubCgroups sub_cgroups;
    host::Facts facts;

    pid_t init_pid() const { return container.state()->init_process_pid; }
    const config::ExecDefaults& defaults() const { return *container.state()->exec; }
};

// Loads the container and reads the process object. Errors: those of exec() that need no process.
ExecPlan make_exec_plan(const ExecOptions& options);

// Joins the namespaces of the container's init.
launch::Bootstrap exec_bootstrap(const ExecPlan& plan);

}  // namespace runcxx::container
