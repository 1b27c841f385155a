// SPDX-License-Identifier: Apache-2.0
#include "container/destroy.h"

#include <algorithm>
#include <csignal>
#include <optional>
#include <string>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/step.h"
#include "cgroups/processes.h"
#include "container/hook_output.h"
#include "container/list.h"
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

// Whether one of the cgroups is one of `cgroups`, or below it.
bool is_in(const cgroups::Paths& paths, const cgroups::Paths& cgroups) {
    return std::ranges::any_of(paths.by_controller, [&](const auto& row) {
        const auto found = cgroups.by_controller.find(row.first);
        if (found == cgroups.by_controller.end()) return false;
        return row.second == found->second || row.second.starts_with(found->second + "/");
    });
}

// Creation takes a cgroup that exists and is empty, so one whose init has ended may have become another container's.
// Its id, if there is one below the same root.
std::optional<std::string> new_user_of_cgroup(const Handle& container) {
    const HostPath root(dir_name(container.dir().path().str()));
    const Surroundings surroundings;
    for (const auto& id : ids(root, true)) {
        if (id == container.dir().id()) continue;
        try {
            const auto other = Handle::load_summary(StateDir::open(root, id), surroundings);
            const auto status = other.status();
            const bool is_used =
                status == Status::Creating ? other.dir().is_locked_by_other() : status != Status::Stopped;
            if (is_used && is_in(other.cgroup().paths(), container.cgroup().paths())) return id;
        } catch (const Error& error) {
            log::debug("container {}: {}", id, error.message());  // it is not for us to complain about
        }
    }
    return {};
}

// kill_everything(), unless the cgroup is another container's by now: that one's id, and nothing was killed.
std::optional<std::string> kill_own(Handle& container) {
    const auto deadline = sys::monotonic_ms() + kDeathMs;
    auto& cgroup = container.cgroup();
    const auto pidfd = container.init_pidfd();
    if (!pidfd) {
        // Mostly there was only init, and it has ended.
        if (cgroup.wait_until_empty(sys::monotonic_ms())) return {};
        if (auto user = new_user_of_cgroup(container)) return user;
    }
    if (pidfd) sys::try_send_signal(pidfd, SIGKILL);
    // The cgroup knows processes that no record names: a half-made init, or those that outlive a shared pid
    // namespace.
    cgroups::kill_remaining(cgroup);
    const bool is_init_left = pidfd && !sys::wait_readable(pidfd, deadline);
    if (is_init_left || !kill_until_empty(cgroup, deadline)) throw survivors(container, is_init_left);
    return {};
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
    kill_own(container);
}

void destroy(Handle& container) {
    const auto user = step("kill processes", [&] { return kill_own(container); });
    if (user)
        log::warning("the cgroup of container {} is left as it is: container {} uses it now",
                     container.dir().id(), *user);
    const auto* facts = container.facts();
    step("unable to destroy container", [&] {
        if (!user) container.cgroup().remove();
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
