// SPDX-License-Identifier: Apache-2.0
// The poststart hooks, which run when the container's program has been let go (runtime-spec, "Poststart").
// Runs in: runtime.
#pragma once

#include "container/handle.h"

namespace runcxx::container {

// A hook that fails kills the container's processes, and its error is the command's.
void run_poststart_hooks(Handle& container);

}  // namespace runcxx::container
