// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v2/unavailable.h"

#include <algorithm>
#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"
#include "cgroups/processes.h"

namespace runcxx::cgroups::v2 {
namespace {

bool lists(const Directory& directory, const char* file, std::string_view controller) {
    const auto text = directory.try_read(file).value_or("");
    const auto names = split(trim(text), ' ');
    return std::ranges::find(names, controller) != names.end();
}

// Its own processes, not those below.
std::vector<pid_t> members(const Directory& directory) {
    std::vector<pid_t> pids;
    const auto text = directory.try_read("cgroup.procs").value_or("");
    for (const auto line : split(text, '\n'))
        if (const auto pid = parse_number<pid_t>(line)) pids.push_back(*pid);
    return pids;
}

std::string reason_of(const Directory& level, std::string_view controller, int failure) {
    const auto type = level.try_read("cgroup.type").value_or("domain");
    if (trim(type) != "domain")
        return fmt::format("its type is \"{}\", in which only some controllers work", trim(type));
    if (failure == EBUSY)
        return fmt::format(
            "it has processes of its own ({}), and only cgroups without may pass controllers on: move "
            "them into a cgroup below it",
            describe_processes(members(level)));
    if (failure == EACCES || failure == EPERM || failure == EROFS)
        return fmt::format("{}: it is not delegated to this user (systemd: Delegate={})", errno_text(failure),
                           controller);
    if (failure == EINVAL && controller == "cpu")
        return "invalid argument: real-time processes outside of the root cgroup, or CONFIG_RT_GROUP_SCHED, "
               "keep the cpu controller from being enabled";
    return errno_text(failure);
}

std::string find_reason(const Root& root, const std::string& mount, const std::string& path,
                        std::string_view controller) {
    for (auto end = mount.size();; end = std::min(path.find('/', end + 1), path.size())) {
        const auto level = root.try_open(path.substr(0, end));
        if (!level.is_open()) return {};
        if (!lists(level, "cgroup.controllers", controller)) {
            return fmt::format(
                "{} has no {} controller: the kernel lacks it, or it is on a cgroup v1 hierarchy or not "
                "passed on from outside of this cgroup namespace",
                level.path(), controller);
        }
        if (end == path.size()) return {};
        if (lists(level, "cgroup.subtree_control", controller)) continue;
        const int failure = level.try_write("cgroup.subtree_control", fmt::format("+{}", controller));
        if (failure != 0)
            return fmt::format("{} does not pass the {} controller on: {}", level.path(), controller,
                               reason_of(level, controller, failure));
    }
}

}  // namespace

std::string why_unavailable(const Root& root, const std::string& mount, const std::string& path,
                            std::string_view controller) noexcept {
    try {
        return find_reason(root, mount, path, controller);
    } catch (const std::exception& error) {
        return error.what();
    }
}

}  // namespace runcxx::cgroups::v2
