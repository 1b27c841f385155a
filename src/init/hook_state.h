// SPDX-License-Identifier: Apache-2.0
// The container's state as hooks that run in init see it: with the pid of their own pid namespace.
// Runs in: init.
#pragma once

#include <string>

#include "config/container.h"

namespace runcxx::init {

// Compact JSON for a hook's stdin.
std::string hook_state(const config::Init& configuration, std::string status);

}  // namespace runcxx::init
