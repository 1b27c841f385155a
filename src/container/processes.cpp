// SPDX-License-Identifier: Apache-2.0
#include "container/processes.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/core.h>

#include "base/numbers.h"
#include "container/handle.h"
#include "sys/child_process.h"
#include "sys/file.h"

namespace runcxx::container {
namespace {

// 0 when it cannot be told: the process has gone, or is another user's.
ino_t pid_namespace_of(pid_t pid) {
    const auto found = sys::try_stat(HostPath(fmt::format("/proc/{}/ns/pid", pid)));
    return found ? found->st_ino : 0;
}

std::map<pid_t, pid_t> parents_of_all() {
    std::map<pid_t, pid_t> parents;
    for (const auto& name : sys::list_dir(HostPath("/proc"))) {
        const auto pid = parse_number<pid_t>(name);
        const auto stat = pid ? sys::try_process_stat(*pid) : std::nullopt;
        if (stat) parents[*pid] = stat->parent;
    }
    return parents;
}

// Where init has a pid namespace of its own, a process that was brought in from outside is in that namespace, and one
// in a namespace further down descends from one that is.
std::vector<pid_t> processes_of_init(pid_t init, bool has_own_namespace) {
    const auto parents = parents_of_all();
    const auto inside = has_own_namespace ? pid_namespace_of(init) : ino_t{0};
    std::vector<pid_t> found;
    for (const auto& [pid, parent] : parents) {
        auto ancestor = pid;
        while (ancestor != init && (inside == 0 || pid_namespace_of(ancestor) != inside)) {
            const auto above = parents.find(ancestor);
            if (above == parents.end()) break;
            ancestor = above->second;
        }
        if (parents.contains(ancestor)) found.push_back(pid);
    }
    return found;
}

}  // namespace

std::vector<pid_t> processes(const HostPath& root, const std::string& id) {
    const auto container = Handle::load(root, id);
    if (container.facts() == nullptr) return {};
    if (!container.facts()->cgroup_paths.empty()) {
        auto pids = container.cgroup().pids();
        std::ranges::sort(pids);
        return pids;
    }
    const auto init = container.init_pid();
    if (init == 0) return {};
    return processes_of_init(init, container.facts()->private_pid_namespace);
}

}  // namespace runcxx::container
