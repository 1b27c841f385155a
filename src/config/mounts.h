// SPDX-License-Identifier: Apache-2.0
// The decoding and the rules of `mounts`; the steps are separate because other checks come between them.
// Runs in: runtime.
#pragma once

#include <string>
#include <vector>

#include "config/container.h"
#include "config/resolve.h"
#include "host/facts.h"
#include "oci/spec.h"

namespace runcxx::config {

// Options become flags, bind sources absolute (relative ones start at `bundle`), destinations absolute and
// clean. Recursive attributes of mounts that are no binds are dropped, as runc ignores them. Errors: a NUL
// byte in a field; options that exclude each other.
std::vector<Mount> resolve_mounts(const std::vector<oci::Mount>& mounts, const std::string& bundle,
                                  std::vector<std::string>& warnings);

// copy-symlink: which sources are links, and where they lead. `asked` is what `mounts` was made from.
void copy_symlinks(std::vector<Mount>& mounts, const std::vector<oci::Mount>& asked,
                   const HostQueries& queries);

// Mappings of idmap=MAPS, unless the mount has some in the specification's form. The mappings given are those of the
// container. Errors: parse_inline_maps().
void apply_inline_maps(std::vector<Mount>& mounts, const std::vector<oci::Mount>& asked,
                       const std::vector<oci::IdMapping>& uid_mappings,
                       const std::vector<oci::IdMapping>& gid_mappings);

// What depends on the container's user namespace: id-mapped mounts without mappings of their own take the
// container's (or the joined namespace); binds into a user namespace are opened by the runtime, because init
// may not be able to reach the source any more. Not when rootless: then the runtime can reach no more than
// init.
void apply_user_namespace(std::vector<Mount>& mounts, const Namespaces& namespaces,
                          const std::vector<oci::IdMapping>& uid_mappings,
                          const std::vector<oci::IdMapping>& gid_mappings, bool rootless);

// Errors: file-system options on a bind; id-mapping of something else than a bind, by an unprivileged user,
// or without mappings.
void check_mounts(const std::vector<Mount>& mounts, bool rootless);

// uid= and gid= options must name ids that are mapped. Precondition: the container has a user namespace.
void check_rootless_mounts(const std::vector<Mount>& mounts, const Namespaces& namespaces,
                           const std::vector<oci::IdMapping>& uid_mappings,
                           const std::vector<oci::IdMapping>& gid_mappings);

// false when a bind takes the place of /dev.
bool wants_own_dev(const std::vector<Mount>& mounts);

// How a mount of type "cgroup" is built; host paths are left empty.
CgroupMount resolve_cgroup_mount(const host::Cgroups& cgroups, const Namespaces& namespaces);

}  // namespace runcxx::config
