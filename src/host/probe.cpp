// SPDX-License-Identifier: Apache-2.0
#include <linux/magic.h>

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/paths.h"
#include "base/text.h"
#include "host/facts.h"
#include "sys/cgroup_file.h"
#include "sys/credentials.h"
#include "sys/file.h"
#include "sys/program_lookup.h"

#ifndef RDTGROUP_SUPER_MAGIC
#define RDTGROUP_SUPER_MAGIC 0x7655821
#endif

namespace runcxx::host {
namespace {

constexpr std::string_view kCgroupRoot = "/sys/fs/cgroup";

bool has_option(std::string_view options, std::string_view option) {
    const auto all = split(options, ',');
    return std::find(all.begin(), all.end(), option) != all.end();
}

// The mount point of a v1 hierarchy by convention: /sys/fs/cgroup/<its controllers>, or a symlink named after
// one of them. Empty: unusual, or not mounted.
std::string conventional_mount_point(const CgroupHierarchy& hierarchy) {
    std::vector<std::string> candidates;
    if (hierarchy.controllers.size() > 1) candidates.push_back(join(hierarchy.controllers, ","));
    const auto& first = hierarchy.controllers.front();
    candidates.push_back(first.starts_with("name=") ? first.substr(5) : first);
    for (const auto& name : candidates) {
        auto path = join_path(kCgroupRoot, name);
        if (sys::file_system_type(HostPath(path)) != CGROUP_SUPER_MAGIC) continue;
        // Only co-mounted controllers come with links ("cpu" -> "cpu,cpuacct"), of either order of names.
        if (hierarchy.controllers.size() > 1 && name == candidates.back())
            if (const auto target = sys::try_read_link(HostPath(path)))
                path = join_path(kCgroupRoot, *target);
        return path;
    }
    return {};
}

void find_in_mount_table(std::vector<CgroupHierarchy>& hierarchies) {
    const auto mounts = parse_mount_table(sys::read_file(HostPath("/proc/self/mountinfo"), 256U << 20));
    for (auto& hierarchy : hierarchies) {
        if (!hierarchy.mount_point.empty() || hierarchy.controllers.empty()) continue;
        for (const auto& mount : mounts) {
            if (mount.type != "cgroup" || !has_option(mount.super_options, hierarchy.controllers.front()))
                continue;
            hierarchy.mount_point = mount.path;
            break;
        }
    }
}

Cgroups probe_cgroups() {
    Cgroups cgroups;
    const auto root_type = sys::file_system_type(HostPath(std::string(kCgroupRoot)));
    auto text = sys::try_read_file(HostPath("/proc/self/cgroup"));
    if (!text) return cgroups;  // a kernel without cgroups
    auto hierarchies = parse_own_cgroups(*text);
    if (root_type == CGROUP2_SUPER_MAGIC) {
        cgroups.mode = CgroupMode::V2;
        const auto unified = std::find_if(hierarchies.begin(), hierarchies.end(),
                                          [](const auto& h) { return h.controllers.empty(); });
        CgroupHierarchy own;
        if (unified != hierarchies.end()) own = std::move(*unified);
        own.mount_point = kCgroupRoot;
        if (own.own_path.empty()) own.own_path = "/";
        cgroups.hierarchies.push_back(std::move(own));
        return cgroups;
    }
    bool needs_table = true;
    for (auto& hierarchy : hierarchies) {
        const auto& names = hierarchy.controllers;
        if (names.empty()) {
            if (sys::file_system_type(HostPath(kHybridMount)) == CGROUP2_SUPER_MAGIC)
                hierarchy.mount_point = kHybridMount;
            continue;
        }
        hierarchy.mount_point = conventional_mount_point(hierarchy);
        if (!hierarchy.mount_point.empty() && std::find(names.begin(), names.end(), "devices") != names.end())
            needs_table = false;
    }
    // One that is mounted nowhere is normal; without devices, which we need, this is an unusual host.
    if (needs_table) find_in_mount_table(hierarchies);
    std::erase_if(hierarchies, [](const auto& h) { return h.mount_point.empty(); });
    const auto is_unified = [](const CgroupHierarchy& h) { return h.controllers.empty(); };
    if (std::all_of(hierarchies.begin(), hierarchies.end(), is_unified)) return cgroups;
    const bool has_unified = std::any_of(hierarchies.begin(), hierarchies.end(), is_unified);
    cgroups.mode = has_unified ? CgroupMode::Hybrid : CgroupMode::V1;
    cgroups.hierarchies = std::move(hierarchies);
    return cgroups;
}

// The kernel makes the usual directory where the hardware has the feature; whoever mounts may choose another.
std::string find_resctrl() {
    const std::string usual = "/sys/fs/resctrl";
    const auto type = sys::file_system_type(HostPath(usual));
    if (type == 0 || type == RDTGROUP_SUPER_MAGIC) return type == 0 ? "" : usual;
    for (const auto& mount : parse_mount_table(sys::read_file(HostPath("/proc/self/mountinfo"), 256U << 20)))
        if (mount.type == "resctrl") return mount.path;
    return {};
}

Resctrl probe_resctrl() {
    Resctrl resctrl;
    resctrl.path = find_resctrl();
    if (resctrl.path.empty()) return resctrl;
    resctrl.has_cache_allocation = sys::is_reachable(join_path(resctrl.path, "info/L3"));
    resctrl.has_bandwidth_allocation = sys::is_reachable(join_path(resctrl.path, "info/MB"));
    return resctrl;
}

}  // namespace

std::vector<CgroupHierarchy> parse_own_cgroups(const std::string& text) {
    std::vector<CgroupHierarchy> hierarchies;
    for (const auto line : split(text, '\n')) {
        if (line.empty()) continue;
        const auto first = line.find(':');
        const auto second = first == line.npos ? line.npos : line.find(':', first + 1);
        if (second == line.npos)
            throw Error("invalid cgroup entry: must contain at least two colons: " + std::string(line));
        CgroupHierarchy hierarchy;
        for (const auto name : split(line.substr(first + 1, second - first - 1), ','))
            hierarchy.controllers.emplace_back(name);
        hierarchy.own_path = line.substr(second + 1);
        if (hierarchy.own_path.empty()) hierarchy.own_path = "/";
        hierarchies.push_back(std::move(hierarchy));
    }
    return hierarchies;
}

bool is_full_identity_map(const std::string& text) {
    std::vector<std::string_view> words;
    for (const auto word : split(trim(text), ' '))
        if (!word.empty()) words.push_back(word);
    return words.size() == 3 && words[0] == "0" && words[1] == "0" && words[2] == "4294967295";
}

bool in_user_namespace() {
    // No such file: a kernel without user namespaces.
    const auto uid_map = sys::try_read_file(HostPath("/proc/self/uid_map"));
    return uid_map && !is_full_identity_map(*uid_map);
}

Facts probe() {
    auto facts = probe_lazily();
    facts.in_user_namespace = in_user_namespace();
    facts.cgroups = probe_cgroups();
    return facts;
}

Facts probe_lazily() {
    Facts facts;
    facts.effective_uid = sys::effective_uid();
    facts.effective_gid = sys::effective_gid();
    facts.systemd_running = Fact<bool>([] { return sys::is_reachable("/run/systemd/system"); });
    facts.selinux_enabled =
        Fact<bool>([] { return sys::file_system_type(HostPath("/sys/fs/selinux")) == SELINUX_MAGIC; });
    facts.apparmor_enabled = Fact<bool>([] {
        const auto text = sys::try_read_file(HostPath("/sys/module/apparmor/parameters/enabled"));
        return text && text->starts_with('Y');
    });
    facts.user_namespaces = Fact<bool>([] { return sys::is_reachable("/proc/self/ns/user"); });
    facts.cgroup_namespaces = Fact<bool>([] { return sys::is_reachable("/proc/self/ns/cgroup"); });
    facts.time_namespaces = Fact<bool>([] { return sys::is_reachable("/proc/self/ns/time"); });
    facts.resctrl = Fact<Resctrl>(probe_resctrl);
    facts.newuidmap_path = Fact<std::string>([] { return sys::find_program("newuidmap"); });
    facts.newgidmap_path = Fact<std::string>([] { return sys::find_program("newgidmap"); });
    return facts;
}

}  // namespace runcxx::host
