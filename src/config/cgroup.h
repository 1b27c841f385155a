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

// Resources end with the default device rules. Errors: NotSupported for the systemd driver; those of
// normalise_resources.
Cgroup resolve_cgroup(const oci::Linux& linux, const Options& options, const host::Facts& facts,
                      std::vector<std::string>& warnings);

// ".." is collapsed lexically and cannot climb above where the path starts; empty stays empty.
std::string clean_cgroup_path(const std::string& path);

}  // namespace runcxx::config
