// SPDX-License-Identifier: Apache-2.0
#include "container/kill.h"

#include <cerrno>
#include <csignal>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "config/signals.h"
#include "container/handle.h"
#include "sys/child_process.h"

namespace runcxx::container {
namespace {

Error not_running() {
    return {Error::Kind::NotRunning, "container not running"};
}

// init of a private pid namespace takes all others with it; of a shared one it does not.
void kill_all_processes(const Handle& container) {
    auto& cgroup = container.cgroup();
    if (!cgroup.exists())
        throw Error(Error::Kind::NotRunning, "unable to kill all processes: container not running");
    cgroup.kill_all(SIGKILL);
}

// Whether SIGKILL has to go to every process, not only to init.
bool has_to_kill_all(const Handle& container) {
    if (container.facts() == nullptr || container.facts()->private_pid_namespace) return false;
    if (!container.facts()->cgroup_paths.empty()) return true;
    log::warning(
        "only init is killed: the container shares its pid namespace and has no cgroup of its own, so its "
        "other processes cannot be told from those of the host");
    return false;
}

void signal_init(const Handle& container, int signal) {
    const auto pidfd = container.init_pidfd();
    // With a live init the container is created, running or paused (can_kill), whichever of them.
    if (!pidfd) throw not_running();
    const int error = sys::try_send_signal(pidfd, signal);
    if (error == ESRCH) throw not_running();
    if (error != 0) throw Error::from_errno(error, fmt::format("unable to signal init: signal {}", signal));
    // On cgroup v1 a frozen process does not end before it is thawed, and init not before the rest of its pid
    // namespace.
    if (signal == SIGKILL) container.cgroup().thaw_tree();
}

}  // namespace

void kill(const HostPath& root, const std::string& id, const std::string& signal_text, bool all) {
    const auto container = Handle::load(root, id);
    const int signal = config::parse_signal(signal_text);
    try {
        if (signal == SIGKILL && has_to_kill_all(container)) return kill_all_processes(container);
        signal_init(container, signal);
    } catch (const Error& error) {
        if (!all || error.kind() != Error::Kind::NotRunning) throw;
    }
}

}  // namespace runcxx::container
