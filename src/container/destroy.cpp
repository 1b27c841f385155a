// SPDX-License-Identifier: Apache-2.0
#include "container/destroy.h"

#include <csignal>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/step.h"
#include "hooks/run_hooks.h"
#include "oci/state.h"
#include "sys/child_process.h"
#include "sys/exec.h"
#include "sys/poll.h"

namespace runcxx::container {
namespace {

constexpr std::int64_t kDeathMs = 10'000;

void wait_for_death(const sys::UniqueFd& pidfd, std::int64_t deadline, pid_t pid) {
    if (!pidfd || sys::wait_readable(pidfd, deadline)) return;
    const auto stat = sys::try_process_stat(pid);
    throw Error(fmt::format("container init still running: process {} does not end on SIGKILL (state {})",
                            pid, stat ? stat->state : '?'));
}

}  // namespace

std::string hook_state(const Intent& facts, std::string_view status, pid_t pid) {
    oci::State state;
    state.id = facts.id;
    state.status = status;
    if (pid != 0) state.pid = pid;
    state.bundle = facts.bundle;
    state.annotations = facts.annotations;
    return oci::to_json(state);
}

void kill_everything(Handle& container) {
    const auto deadline = sys::monotonic_ms() + kDeathMs;
    auto& cgroup = container.cgroup();
    const auto pidfd = container.init_pidfd();
    // Most containers have ended by themselves.
    if (!pidfd && cgroup.wait_until_empty(0)) return;
    if (pidfd) sys::try_send_signal(pidfd, SIGKILL);
    // The cgroup knows processes that no record names: a half-made init, or those that outlive a shared pid
    // namespace.
    if (cgroup.exists()) {
        cgroup.kill_all(SIGKILL);
        // A frozen process dies when it is thawed.
        cgroup.thaw();
    }
    wait_for_death(pidfd, deadline, container.state() ? container.state()->init_process_pid : 0);
    if (cgroup.exists() && !cgroup.wait_until_empty(deadline)) {
        std::string left;
        for (const auto pid : cgroup.pids())
            left += fmt::format("{}{}", left.empty() ? "" : ", ", pid);
        throw Error(fmt::format("processes do not end on SIGKILL: {}", left));
    }
}

void destroy(Handle& container) {
    step("kill processes", [&] { kill_everything(container); });
    const auto* facts = container.facts();
    step("unable to destroy container", [&] {
        container.cgroup().remove();
        if (facts != nullptr && facts->intel_rdt_group) intelrdt::remove(*facts->intel_rdt_group);
    });
    container.dir().remove();
    if (facts != nullptr && !facts->hooks.poststop.empty())
        hooks::run_hooks(facts->hooks.poststop, "poststop", hook_state(*facts, "stopped", 0),
                         {.working_dir = {}, .default_env = sys::own_environment()});
}

}  // namespace runcxx::container
