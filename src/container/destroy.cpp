// SPDX-License-Identifier: Apache-2.0
#include "container/destroy.h"

#include <algorithm>
#include <csignal>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/step.h"
#include "cgroups/processes.h"
#include "container/hook_output.h"
#include "hooks/run_hooks.h"
#include "oci/state.h"
#include "sys/child_process.h"
#include "sys/exec.h"
#include "sys/poll.h"

namespace runcxx::container {
namespace {

constexpr std::int64_t kDeathMs = 10'000;
constexpr std::int64_t kKillAgainMs = 1'000;

// Again from time to time: where nothing can be frozen first (v1), one may fork between the listing and the signal.
bool kill_until_empty(cgroups::Manager& cgroup, std::int64_t deadline) {
    while (cgroup.exists()) {
        if (cgroup.wait_until_empty(std::min(deadline, sys::monotonic_ms() + kKillAgainMs))) return true;
        if (sys::monotonic_ms() >= deadline) return false;
        cgroups::kill_remaining(cgroup);
    }
    return true;
}

Error survivors(const Handle& container, bool is_init_left) {
    auto pids = container.cgroup().pids();
    if (is_init_left && pids.empty()) pids.push_back(container.state()->init_process_pid);
    return Error(
        fmt::format("{}processes do not end on SIGKILL: {}; those in state D wait for a device or a file "
                    "system to answer, delete again then",
                    is_init_left ? "container init still running: " : "", cgroups::describe_stuck(pids)));
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
    // Mostly there was only init, and it has ended.
    if (!pidfd && cgroup.wait_until_empty(sys::monotonic_ms())) return;
    if (pidfd) sys::try_send_signal(pidfd, SIGKILL);
    // The cgroup knows processes that no record names: a half-made init, or those that outlive a shared pid
    // namespace.
    cgroups::kill_remaining(cgroup);
    const bool is_init_left = pidfd && !sys::wait_readable(pidfd, deadline);
    if (is_init_left || !kill_until_empty(cgroup, deadline)) throw survivors(container, is_init_left);
}

void destroy(Handle& container) {
    step("kill processes", [&] { kill_everything(container); });
    const auto* facts = container.facts();
    step("unable to destroy container", [&] {
        container.cgroup().remove();
        if (facts != nullptr && facts->intel_rdt_group) intelrdt::remove(*facts->intel_rdt_group);
    });
    container.dir().remove();
    if (facts != nullptr) run_poststop_hooks(*facts);
}

void run_poststop_hooks(const Intent& facts) {
    if (facts.hooks.poststop.empty()) return;
    const auto output = HookOutput::open(facts.annotations, facts.bundle);
    hooks::HookContext context{.working_dir = {}, .default_env = sys::own_environment()};
    output.attach(context);
    hooks::run_hooks(facts.hooks.poststop, "poststop", hook_state(facts, "stopped", 0), context);
}

}  // namespace runcxx::container
