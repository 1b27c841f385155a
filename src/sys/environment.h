// SPDX-License-Identifier: Apache-2.0
// Single variables of this process's environment.
// Runs in: runtime (init clears its environment first thing).
#pragma once

#include <optional>
#include <string>

namespace runcxx::sys {

// nullopt when unset or empty.
std::optional<std::string> environment_variable(const char* name);

}  // namespace runcxx::sys
