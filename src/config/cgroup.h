// SPDX-License-Identifier: Apache-2.0
// linux.cgroupsPath and linux.resources. normalise_resources, check_resources and swap_limit_v2 are declared
// in config/resolve.h, because `update` uses them too. Runs in: runtime.
#pragma once

#include <string>
#include <vector>

#include "config/container.h"
#include "config/resolve.h"
#include "host/facts.h"
#include "oci/spec.h"

namespace runcxx::config {

// Resources end with the default device rules. Errors: those of config/systemd_unit.h and of normalise_resources.
Cgroup resolve_cgroup(const oci::Linux& linux, const oci::StringMap& annotations, const Options& options,
                      const host::Facts& facts, std::vector<std::string>& warnings);

// The host id of the process' user, if the container may manage its own cgroup: v2, a cgroup namespace of its own, and
// /sys/fs/cgroup mounted writable (config-linux.md, "Cgroup ownership"). Delegation of v1 is not secure.
std::optional<std::uint32_t> resolve_cgroup_owner(const Container& container, std::uint32_t uid,
                                                  const host::Facts& facts);

// ".." is collapsed lexically and cannot climb above where the path starts; empty stays empty.
std::string clean_cgroup_path(const std::string& path);

}  // namespace runcxx::config
