// SPDX-License-Identifier: Apache-2.0
// Capability names and sets of them as bit masks. libcap has the same table, but costs six system calls
// before main() by its constructor. Runs in: runtime.
#pragma once

#include <string>
#include <vector>

#include "config/container.h"
#include "oci/spec.h"

namespace runcxx::config {

// "CAP_SYS_ADMIN" to its number. Exact spelling.
std::optional<unsigned> capability_number(std::string_view name);

// Unknown names become one warning and are left out. What the running kernel does not know is process setup's
// part.
CapabilitySets resolve_capabilities(const oci::Capabilities& capabilities,
                                    std::vector<std::string>& warnings);

// In the order of their numbers, for `features`.
oci::Strings capability_names();

}  // namespace runcxx::config
