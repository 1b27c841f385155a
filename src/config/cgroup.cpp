// SPDX-License-Identifier: Apache-2.0
#include "config/cgroup.h"

#include <sched.h>
#include <sys/mount.h>

#include <algorithm>

#include "base/paths.h"
#include "config/devices.h"
#include "config/id_mappings.h"
#include "config/invalid_config.h"
#include "config/systemd_unit.h"

namespace runcxx::config {
namespace {

// An ordinary user, or root of a user namespace that may have been given no cgroup, can seldom change
// cgroups. With the systemd driver it means that the user's own manager makes them; root of a user namespace has one
// unless the whole system, with its systemd, lives in that namespace.
bool expects_no_cgroup_rights(const Options& options, const host::Facts& facts) {
    if (options.rootless_cgroups) return *options.rootless_cgroups;
    if (facts.effective_uid != 0 || !facts.in_user_namespace) return facts.effective_uid != 0;
    if (!options.systemd_cgroup) return true;
    return std::ranges::any_of(facts.cgroups.hierarchies, [](const auto& hierarchy) {
        return owner_of_cgroup(hierarchy.own_path) != 0;
    });
}

// Every specification has device rules; who asks for limits should know that there are none.
void disable(Cgroup& cgroup, std::vector<std::string>& warnings) {
    cgroup.driver = CgroupDriver::Disabled;
    cgroup.path.clear();
    cgroup.resources.devices.clear();
    if (cgroup.resources != oci::Resources())
        warnings.emplace_back("without a cgroup the limits of linux.resources are not applied");
    cgroup.resources = {};
}

}  // namespace

std::string clean_cgroup_path(const std::string& path) {
    if (path.empty()) return {};
    auto clean = clean_path("/" + path);
    return path.front() == '/' ? clean : clean.substr(1);
}

Cgroup resolve_cgroup(const oci::Linux& linux, const oci::StringMap& annotations, const Options& options,
                      const host::Facts& facts, std::vector<std::string>& warnings) {
    Cgroup cgroup;
    if (options.systemd_cgroup) {
        auto properties = resolve_systemd_properties(annotations);
        cgroup.driver = CgroupDriver::Systemd;
        cgroup.unit = resolve_systemd_unit(linux.cgroups_path, options.id);
        cgroup.unit.properties = std::move(properties);
    } else {
        cgroup.path = clean_cgroup_path(linux.cgroups_path);
    }
    cgroup.rootless = expects_no_cgroup_rights(options, facts);
    if (linux.resources) cgroup.resources = *linux.resources;
    normalise_resources(cgroup.resources, warnings);
    // What every cgroup starts with needs no memory controller to write it.
    auto& disables_killer = cgroup.resources.memory.disable_oom_killer;
    if (!disables_killer.value_or(false)) disables_killer.reset();

    auto& rules = cgroup.resources.devices;
    const auto defaults = default_device_rules(linux.devices);
    rules.insert(rules.end(), defaults.begin(), defaults.end());
    if (options.no_cgroup) disable(cgroup, warnings);
    return cgroup;
}

std::optional<std::uint32_t> resolve_cgroup_owner(const Container& container, std::uint32_t uid,
                                                  const host::Facts& facts) {
    if (facts.cgroups.mode != host::CgroupMode::V2 || !container.namespaces.creates(CLONE_NEWCGROUP))
        return {};
    const bool is_writable = std::ranges::any_of(container.setup.mounts, [](const Mount& mount) {
        return mount.source == "cgroup" && clean_path(mount.destination) == "/sys/fs/cgroup" &&
               (mount.flags & MS_RDONLY) == 0;
    });
    if (!is_writable) return {};
    return host_uid(container, uid);
}

void normalise_resources(oci::Resources& resources, std::vector<std::string>& warnings) {
    normalise_device_rules(resources.devices);
    if (resources.memory.kernel || resources.memory.kernel_tcp)
        warnings.emplace_back("Kernel memory settings are ignored and will be removed");
    resources.memory.kernel.reset();
    resources.memory.kernel_tcp.reset();
    resources.memory.use_hierarchy.reset();
}

void check_resources(const oci::Resources& resources, const host::Facts& facts) {
    if (facts.cgroups.mode == host::CgroupMode::V2) {
        swap_limit_v2(resources.memory);
    } else if (!resources.unified.empty()) {
        throw invalid("invalid configuration: cannot use unified on cgroup v1");
    }
}

std::optional<std::int64_t> swap_limit_v2(const oci::Memory& memory) {
    const auto limit = memory.limit.value_or(0);
    const auto limit_with_swap = memory.swap.value_or(0);
    // Unlimited memory means unlimited swap unless swap was given: v1 hosts behave so.
    if (limit == -1 && limit_with_swap == 0) return -1;
    if (limit_with_swap == 0) return std::nullopt;
    if (limit_with_swap == -1 || limit == -1) return limit_with_swap;
    if (limit == 0) throw invalid("unable to set swap limit without memory limit");
    if (limit < 0) throw invalid("invalid memory value: {}", limit);
    if (limit_with_swap < limit) throw invalid("memory+swap limit should be >= memory limit");
    return limit_with_swap - limit;
}

}  // namespace runcxx::config
