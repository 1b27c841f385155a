// SPDX-License-Identifier: Apache-2.0
// linux.sysctl: which keys belong to a namespace that the container has of its own.
// Runs in: runtime (sysctl_path: either).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/container.h"
#include "config/resolve.h"
#include "oci/spec.h"

namespace runcxx::config {

// Keys in the form with '.', where a '/' stands for a '.' inside a name (sysctl.d(5)); sorted.
// Errors: a key that would change the host, by the texts of runc.
std::vector<std::pair<std::string, std::string>> resolve_sysctls(const oci::StringMap& sysctls,
                                                                 const Namespaces& namespaces,
                                                                 const HostQueries& queries);

// The file of a resolved key below /proc/sys: "net.ipv4.conf.eth0/1.mtu" -> "net/ipv4/conf/eth0.1/mtu".
std::string sysctl_path(std::string_view key);

}  // namespace runcxx::config
