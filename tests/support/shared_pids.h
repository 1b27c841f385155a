// SPDX-License-Identifier: Apache-2.0
// Containers without a pid namespace of their own, whose processes therefore outlive init.
#pragma once

#include <string>

#include "support/sandbox.h"

namespace runcxx::tests {

// In the host's pid namespace, with this many children.
std::string run_sharing_pids(Sandbox& sandbox, int children);

// Its children are ours from then on, as they would be the host's init's.
void end_init(Sandbox& sandbox, const std::string& id);

bool all_have_ended(Sandbox& sandbox);

}  // namespace runcxx::tests
