// SPDX-License-Identifier: Apache-2.0
// What is recorded of a container that has just come to be, launched or restored. Runs in: runtime.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cgroups/manager.h"
#include "config/container.h"
#include "container/plan.h"
#include "container/records.h"
#include "container/state_dir.h"
#include "sys/unique_fd.h"

namespace runcxx::container {

// What install and exec need of linux.seccomp; nullopt without a filter. Errors: "compile seccomp profile: ...".
std::optional<config::SeccompProgram> seccomp_program(const Plan& plan);
// The defaults of exec; a filter is written beside the state.
config::ExecDefaults record_for_exec(const Plan& plan, const std::optional<config::SeccompProgram>& seccomp,
                                     StateDir& dir);
// Where the three standard streams lead to ("pipe:[1234]", "/dev/null"): of this process, or `stdio` in
// their place if there is any.
std::vector<std::string> stream_targets(const std::vector<sys::UniqueFd>& stdio);
// Fills in the container, its init and its resources. Errors: init has ended.
void record_init(State& state, const Plan& plan, const Intent& intent, pid_t pid, const sys::UniqueFd& pidfd);

}  // namespace runcxx::container
