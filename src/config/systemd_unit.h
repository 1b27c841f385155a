// SPDX-License-Identifier: Apache-2.0
// What linux.cgroupsPath and the annotations mean when systemd makes the cgroup. Pure. Runs in: runtime.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/container.h"
#include "oci/spec.h"

namespace runcxx::config {

// "slice:prefix:name" is the unit "prefix-name.scope" in that slice; a name that ends in ".slice" is the unit itself.
// An empty path means ":runc:<id>", an empty slice stays empty (the driver has a default).
// Errors: "expected cgroupsPath to be of format ..."; "invalid slice name: X"; "invalid unit name: X".
SystemdUnit resolve_systemd_unit(const std::string& cgroups_path, const std::string& id);

// Annotations "org.systemd.property.NAME" as properties, in the order of their names; "...Sec" becomes "...USec".
// Errors: "annotation K name incorrect: ...", "annotation K=V value parse error: ...".
std::vector<SystemdProperty> resolve_systemd_properties(const oci::StringMap& annotations);

// Where systemd puts a slice: "a-b.slice" is /a.slice/a-b.slice, "-.slice" (or "-") is /.
// Errors: "invalid slice name: X".
std::string expand_slice(std::string_view slice);

// The uid in "/user.slice/user-1000.slice/...", as systemd tells whose a process is (sd_bus_creds_get_owner_uid(3));
// 0 when no user is named.
std::uint32_t owner_of_cgroup(std::string_view path);

}  // namespace runcxx::config
