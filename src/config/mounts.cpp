// SPDX-License-Identifier: Apache-2.0
#include "config/mounts.h"

#include <linux/mount.h>
#include <sched.h>

#include <algorithm>

#include "base/numbers.h"
#include "base/paths.h"
#include "base/text.h"
#include "config/id_mappings.h"
#include "config/invalid_config.h"
#include "config/mount_options.h"

namespace runcxx::config {
namespace {

bool is_bind(const Mount& mount) {
    return (mount.flags & MS_BIND) != 0;
}

bool has_nul(const std::string& text) {
    return text.find('\0') != std::string::npos;
}

std::string describe(const oci::Mount& mount) {
    return fmt::format("{{Destination:{} Type:{} Source:{} Options:[{}]}}", mount.destination, mount.type,
                       mount.source, join(mount.options, " "));
}

std::string describe(const Mount& mount) {
    return fmt::format("&{{Source:{} Destination:{} Device:{} Flags:{} Data:{}}}", mount.source,
                       mount.destination, mount.type, mount.flags, mount.data);
}

Mount resolve_mount(const oci::Mount& asked, const std::string& bundle) {
    auto options = parse_mount_options(asked.options);
    Mount mount;
    mount.source = asked.source;
    mount.destination = join_path("/", asked.destination);
    mount.type = asked.type;
    mount.flags = options.flags;
    mount.cleared_flags = options.cleared_flags;
    mount.propagation = std::move(options.propagation);
    mount.data = std::move(options.data);
    mount.copy_up = options.copy_up;
    mount.id_map = options.id_map;
    mount.uid_mappings = asked.uid_mappings;
    mount.gid_mappings = asked.gid_mappings;

    if (is_bind(mount)) {
        mount.type = "bind";  // whatever was asked: a bind has no type
        mount.source_nofollow = options.source_nofollow;
        mount.destination_nofollow = options.destination_nofollow;
        if (options.copy_symlink && (options.source_nofollow || options.destination_nofollow))
            throw invalid("copy-symlink goes with neither src-nofollow nor dest-nofollow");
        mount.recursive_attr_set = options.recursive_attr_set;
        mount.recursive_attr_clear = options.recursive_attr_clear;
        if (!mount.source.starts_with('/')) mount.source = join_path(bundle, mount.source);
    }
    const bool has_mappings = !mount.uid_mappings.empty() || !mount.gid_mappings.empty();
    if (has_mappings && mount.id_map == IdMap::None) mount.id_map = IdMap::Flat;

    // They end as C strings, cut at the NUL.
    if (has_nul(asked.source) || has_nul(asked.destination) || has_nul(asked.type) || has_nul(mount.data))
        throw invalid("mount field contains null byte");
    return mount;
}

void check_mount(const Mount& mount, bool rootless) {
    if (is_bind(mount) && !mount.data.empty())
        throw invalid("bind mounts cannot have any filesystem-specific options applied");
    if (mount.id_map == IdMap::None) return;
    if (!is_bind(mount)) throw invalid("id-mapped mounts are only supported for bind-mounts");
    if (rootless) throw invalid("id-mapped mounts are not supported for rootless containers");
    if (mount.id_map_user_namespace.empty() && (mount.uid_mappings.empty() || mount.gid_mappings.empty()))
        throw invalid("id-mapped mounts must have both uid and gid mappings specified");
}

// "uid=5" with prefix "uid=" is 5; other texts are the file system's business.
std::optional<std::uint32_t> id_option(std::string_view option, std::string_view prefix) {
    if (!option.starts_with(prefix)) return std::nullopt;
    return parse_number<std::uint32_t>(option.substr(prefix.size()));
}

}  // namespace

std::vector<Mount> resolve_mounts(const std::vector<oci::Mount>& mounts, const std::string& bundle,
                                  std::vector<std::string>& warnings) {
    std::vector<Mount> result;
    result.reserve(mounts.size());
    for (const auto& each : mounts) {
        if (!each.destination.starts_with('/'))
            warnings.push_back(
                fmt::format("mount destination {} is not absolute. Support for non-absolute mount "
                            "destinations will be removed in a future release.",
                            each.destination));
        try {
            result.push_back(resolve_mount(each, bundle));
        } catch (Error& error) {
            error.add_context("invalid mount " + describe(each));
            throw;
        }
    }
    return result;
}

void copy_symlinks(std::vector<Mount>& mounts, const std::vector<oci::Mount>& asked,
                   const HostQueries& queries) {
    for (std::size_t i = 0; i < mounts.size(); ++i)
        if (is_bind(mounts[i]) && parse_mount_options(asked[i].options).copy_symlink)
            mounts[i].symlink_target = queries.link_target(mounts[i].source).value_or("");
}

void apply_inline_maps(std::vector<Mount>& mounts, const std::vector<oci::Mount>& asked,
                       const IdMappings& uid_mappings, const IdMappings& gid_mappings) {
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        auto& mount = mounts[i];
        if (!mount.uid_mappings.empty() || !mount.gid_mappings.empty()) continue;
        const auto text = parse_mount_options(asked[i].options).id_map_text;
        if (text.empty()) continue;
        auto maps = parse_inline_maps(text, uid_mappings, gid_mappings);
        mount.uid_mappings = std::move(maps.uids);
        mount.gid_mappings = std::move(maps.gids);
    }
}

void apply_user_namespace(std::vector<Mount>& mounts, const Namespaces& namespaces,
                          const IdMappings& uid_mappings, const IdMappings& gid_mappings, bool rootless) {
    const bool has_user_namespace = namespaces.has(CLONE_NEWUSER);
    std::string joined;
    for (const auto& each : namespaces.joined)
        if (each.flag == CLONE_NEWUSER) joined = each.path;

    for (auto& mount : mounts) {
        if (has_user_namespace && mount.id_map != IdMap::None && mount.uid_mappings.empty() &&
            mount.gid_mappings.empty()) {
            if (joined.empty()) {
                mount.uid_mappings = uid_mappings;
                mount.gid_mappings = gid_mappings;
            } else {
                mount.id_map_user_namespace = joined;
            }
        }
        const bool has_source = is_bind(mount) && (mount.flags & MS_REMOUNT) == 0;
        mount.source_from_runtime =
            has_source && !rootless && (has_user_namespace || mount.id_map != IdMap::None);
    }
}

void check_mounts(const std::vector<Mount>& mounts, bool rootless) {
    for (const auto& mount : mounts) {
        try {
            check_mount(mount, rootless);
        } catch (Error& error) {
            error.add_context("invalid mount " + describe(mount));
            throw;
        }
    }
}

void check_rootless_mounts(const std::vector<Mount>& mounts, const Namespaces& namespaces,
                           const IdMappings& uid_mappings, const IdMappings& gid_mappings) {
    for (const auto& mount : mounts) {
        for (const auto option : split(mount.data, ',')) {
            try {
                if (const auto uid = id_option(option, "uid=")) host_uid(*uid, namespaces, uid_mappings);
                if (const auto gid = id_option(option, "gid=")) host_gid(*gid, namespaces, gid_mappings);
            } catch (Error& error) {
                error.add_context(
                    fmt::format("cannot specify {} mount option for rootless container", option));
                throw;
            }
        }
    }
}

bool wants_own_dev(const std::vector<Mount>& mounts) {
    return std::none_of(mounts.begin(), mounts.end(), [](const Mount& mount) {
        return mount.type == "bind" && mount.destination == "/dev";
    });
}

CgroupMount resolve_cgroup_mount(const host::Cgroups& cgroups, const Namespaces& namespaces) {
    CgroupMount result;
    result.unified = cgroups.mode == host::CgroupMode::V2;
    result.own_namespace = namespaces.has(CLONE_NEWCGROUP);
    if (result.unified) {
        result.hierarchies.emplace_back();
        return result;
    }
    for (const auto& each : cgroups.hierarchies) {
        if (each.controllers.empty()) continue;  // the cgroup2 mount of a hybrid host is not shown inside
        result.hierarchies.push_back({.controllers = each.controllers,
                                      .directory = std::string(base_name(each.mount_point)),
                                      .host_path = {}});
    }
    return result;
}

}  // namespace runcxx::config
