// SPDX-License-Identifier: Apache-2.0
// Id mappings of user namespaces: looking ids up, the kernel's text form, when a privileged tool is needed.
// Runs in: runtime.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/container.h"
#include "oci/spec.h"

namespace runcxx::config {

using IdMappings = std::vector<oci::IdMapping>;

// nullopt when the id is not mapped.
std::optional<std::uint32_t> to_host_id(std::uint32_t container_id, const IdMappings& mappings);

// The id on the host of an id in the container; without a user namespace they are the same.
// Errors: "user namespaces enabled, but no uid mappings found", "... but no mapping found for uid N".
std::uint32_t host_uid(std::uint32_t uid, const Namespaces& namespaces, const IdMappings& uid_mappings);
std::uint32_t host_gid(std::uint32_t gid, const Namespaces& namespaces, const IdMappings& gid_mappings);
inline std::uint32_t host_uid(const Container& container, std::uint32_t uid) {
    return host_uid(uid, container.namespaces, container.uid_mappings);
}
inline std::uint32_t host_gid(const Container& container, std::uint32_t gid) {
    return host_gid(gid, container.namespaces, container.gid_mappings);
}

// Lines "container host size\n", what /proc/PID/uid_map takes and the bootstrap message carries.
std::string mappings_text(const IdMappings& mappings);
// The reverse, of a file of /proc (columns are padded there). Errors: Failure.
IdMappings parse_mappings(std::string_view text);

// The maps of crun's mount option idmap=: "uids=0-100-10#10-5000-1;gids=@0-0-10". A triple is the first id in the file
// system, the first one it is shown as, and a count; with '@' the second is one inside the container, whose mappings
// are given. Errors: InvalidConfig, `invalid id mapping "..." of a mount: ...`.
struct InlineMaps {
    IdMappings uids;
    IdMappings gids;
};
InlineMaps parse_inline_maps(std::string_view text, const IdMappings& container_uids,
                             const IdMappings& container_gids);

// False when a process with this effective gid may write the mapping itself, which it may only after giving
// up setgroups(2) (user_namespaces(7)): then the kernel denies setgroups in the namespace.
bool needs_mapping_tool(const IdMappings& gid_mappings, std::uint32_t effective_gid);

}  // namespace runcxx::config
