// SPDX-License-Identifier: Apache-2.0
// The id mappings of a container with a user namespace: configured, those of a joined one, or generated.
// Runs in: runtime.
#pragma once

#include <optional>

#include "config/container.h"
#include "config/resolve.h"
#include "host/facts.h"
#include "oci/spec.h"

namespace runcxx::config {

// Sets container.uid_mappings and gid_mappings, and may warn. For a new namespace without mappings they are generated, as
// crun does it (runc refuses): root's keep every id; a user is root inside, with the ids set aside for him behind. Returns
// whether a joined namespace denies setgroups(2), nullopt for a new one. Precondition: container.namespaces has a user
// namespace. Errors: a path and mappings that do not match; only one of the two; nothing maps to container root.
std::optional<bool> resolve_user_namespace(const oci::Linux& linux, const host::Facts& facts,
                                           const HostQueries& queries, Container& container);

}  // namespace runcxx::config
