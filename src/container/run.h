// SPDX-License-Identifier: Apache-2.0
// `run`: create and start in one, and in the foreground wait, forward signals and copy the standard streams.
// Runs in: runtime.
#pragma once

#include "container/create.h"

namespace runcxx::container {

// Returns the container's exit code (128 + signal), 0 when detached.
int run(const CreateOptions& options);

}  // namespace runcxx::container
