// SPDX-License-Identifier: Apache-2.0
// `state`: what is known about one container.
// Runs in: runtime.
#pragma once

#include <string>

#include "base/paths.h"
#include "oci/state.h"

namespace runcxx::container {

class Handle;

// Errors: ContainerNotFound "container does not exist".
oci::RuntimeState state(const HostPath& root, const std::string& id);
oci::RuntimeState state(const Handle& container);

}  // namespace runcxx::container
