// SPDX-License-Identifier: Apache-2.0
#include "container/new_state.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/step.h"
#include "config/resolve.h"
#include "seccomp/compile.h"
#include "sys/child_process.h"
#include "sys/file.h"

namespace runcxx::container {

std::optional<config::SeccompProgram> seccomp_program(const Plan& plan) {
    if (!plan.config.seccomp) return plan.config.extensions.seccomp_program;
    return step("compile seccomp profile", [&] { return seccomp::compile(*plan.config.seccomp); });
}

config::ExecDefaults record_for_exec(const Plan& plan, const std::optional<config::SeccompProgram>& seccomp,
                                     StateDir& dir) {
    auto exec = config::exec_defaults(plan.config);
    if (!seccomp) return exec;
    auto& record = exec.seccomp.emplace();
    record.flags = seccomp->flags;
    record.has_listener = seccomp->has_listener;
    // A program that an annotation brought has no profile.
    if (const auto& profile = plan.config.seccomp) {
        record.listener_path = profile->listener_path;
        record.listener_metadata = profile->listener_metadata;
    }
    dir.write_seccomp(seccomp->instructions);
    return exec;
}

std::vector<std::string> stream_targets(const std::vector<sys::UniqueFd>& stdio) {
    std::vector<std::string> targets;
    for (int number = 0; number <= 2; ++number) {
        const int fd = stdio.empty() ? number : stdio[static_cast<std::size_t>(number)].get();
        targets.push_back(sys::try_read_link(HostPath(fmt::format("/proc/self/fd/{}", fd))).value_or(""));
    }
    return targets;
}

void record_init(State& state, const Plan& plan, const Intent& intent, pid_t pid,
                 const sys::UniqueFd& pidfd) {
    const auto stat = sys::try_process_stat(pid);
    if (!stat) throw Error("init has ended before it could be recorded");
    state.intent = intent;
    state.init_process_pid = pid;
    state.init_process_start = stat->start_time;
    state.init_process_inode = sys::process_inode(pidfd).value_or(0);
    state.resources = plan.config.cgroup.resources;
    state.resources.devices.clear();
}

}  // namespace runcxx::container
