// SPDX-License-Identifier: Apache-2.0
// `delete`: removes what a container left on the host.
// Runs in: runtime.
#pragma once

#include <string>

#include "base/paths.h"

namespace runcxx::container {

// Without force only stopped and created containers; with force any, half-made ones too, and a missing one is
// fine. Idempotent: every part that is already gone is passed over. Errors: ContainerNotFound; "cannot delete
// container X that is not stopped: running"; whatever could not be removed, by name.
void remove(const HostPath& root, const std::string& id, bool force);

}  // namespace runcxx::container
