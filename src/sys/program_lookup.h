// SPDX-License-Identifier: Apache-2.0
// Finding a host program by name, for the few that the runtime runs itself (newuidmap, newgidmap).
// Runs in: runtime. Must not: be used for names that a container chose.
#pragma once

#include <string>

namespace runcxx::sys {

// The first executable regular file `name` in this process's PATH, or empty. Relative PATH entries are
// skipped.
std::string find_program(const std::string& name);

}  // namespace runcxx::sys
