// SPDX-License-Identifier: Apache-2.0
#include "config/user_namespace.h"

#include <sched.h>

#include "config/generated_mappings.h"
#include "config/id_mappings.h"
#include "config/invalid_config.h"
#include "config/namespaces.h"

namespace runcxx::config {
namespace {

bool join(const std::string& path, const HostQueries& queries, Container& container) {
    UserNamespaceFacts actual;
    try {
        actual = queries.user_namespace(path);
    } catch (Error& error) {
        error.add_context("failed to cache mappings for userns");
        throw;
    }
    if (!container.uid_mappings.empty() || !container.gid_mappings.empty()) {
        // containerd and CRI-O send both.
        if (actual.uid_mappings != container.uid_mappings || actual.gid_mappings != container.gid_mappings)
            throw invalid(
                "user namespaces enabled, but both namespace path and non-matching mapping specified -- you "
                "may only provide one");
        container.warnings.emplace_back(
            "config.json has both a userns path to join and a matching userns mapping specified -- you may "
            "only provide one. Future versions may return an error with this configuration, please report a "
            "bug if you see this warning and cannot update your configuration.");
    }
    container.uid_mappings = std::move(actual.uid_mappings);
    container.gid_mappings = std::move(actual.gid_mappings);
    return actual.setgroups_denied;
}

struct Mappings {
    IdMappings uids;
    IdMappings gids;
};

Mappings mappings_of_root(const host::Facts& facts, const HostQueries& queries) {
    const IdMappings every_id{{0, 0, UINT32_MAX}};
    if (!facts.in_user_namespace) return {every_id, every_id};
    const auto own = queries.user_namespace({});
    return {identity_mappings(own.uid_mappings), identity_mappings(own.gid_mappings)};
}

Mappings mappings_of_user(const host::Facts& facts, const HostQueries& queries,
                          std::vector<std::string>& warnings) {
    auto subordinate = queries.subordinate_ids(facts.effective_uid);
    const bool has_tools = !facts.newuidmap_path.get().empty() && !facts.newgidmap_path.get().empty();
    if (!has_tools && !(subordinate.uids.empty() && subordinate.gids.empty())) {
        warnings.emplace_back("newuidmap and newgidmap are not in PATH: only your own ids are mapped");
        subordinate = {};
    }
    return {user_mappings(facts.effective_uid, subordinate.uids),
            user_mappings(facts.effective_gid, subordinate.gids)};
}

void generate(const host::Facts& facts, const HostQueries& queries, Container& container) {
    auto mappings = container.rootless ? mappings_of_user(facts, queries, container.warnings)
                                       : mappings_of_root(facts, queries);
    container.uid_mappings = std::move(mappings.uids);
    container.gid_mappings = std::move(mappings.gids);
}

}  // namespace

std::optional<bool> resolve_user_namespace(const oci::Linux& linux, const host::Facts& facts,
                                           const HostQueries& queries, Container& container) {
    container.uid_mappings = linux.uid_mappings;
    container.gid_mappings = linux.gid_mappings;
    std::optional<bool> setgroups_denied;
    if (const auto path = path_of(container.namespaces, CLONE_NEWUSER); !path.empty()) {
        setgroups_denied = join(path, queries, container);
    } else if (container.uid_mappings.empty() && container.gid_mappings.empty()) {
        generate(facts, queries, container);
    } else if (container.uid_mappings.empty() || container.gid_mappings.empty()) {
        // Whoever maps users to others would find the host's own groups inside.
        throw invalid("user namespaces enabled, but no {} mappings found",
                      container.uid_mappings.empty() ? "uid" : "gid");
    }
    host_uid(container, 0);
    host_gid(container, 0);
    return setgroups_denied;
}

}  // namespace runcxx::config
