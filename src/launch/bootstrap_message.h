// SPDX-License-Identifier: Apache-2.0
// The netlink-formed bootstrap message for the C stage (include/runcxx/bootstrap_wire.h).
// Runs in: runtime. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/container.h"

namespace runcxx::launch {

// What the C stage is told; a subset of config::Container.
struct Bootstrap {
    config::Namespaces namespaces;
    std::vector<oci::IdMapping> uid_mappings;  // empty: no user namespace is made
    std::vector<oci::IdMapping> gid_mappings;
    bool set_groups = true;
    std::optional<std::int32_t> oom_score_adj;
    bool rootless = false;
    std::string newuidmap_path;  // empty: not available
    std::string newgidmap_path;
    std::map<std::string, oci::TimeOffset> time_offsets;
};

// Errors: "cannot serialize <ATTRIBUTE>: N bytes, the limit is 65535" (nothing is ever truncated), a comma or
// NUL in a namespace path.
std::string encode_bootstrap(const Bootstrap& bootstrap);

}  // namespace runcxx::launch
