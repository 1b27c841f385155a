// SPDX-License-Identifier: Apache-2.0
// The environment of a process as it will be passed to execve(2).
// Runs in: runtime.
#pragma once

#include "oci/spec.h"

namespace runcxx::config {

// The last value of a name wins and keeps its place. An empty HOME is left out: whoever knows the container's
// /etc/passwd (init) adds HOME when it is not there.
// Errors: no '=', an empty name, a NUL byte.
oci::Strings resolve_environment(const oci::Strings& env);

}  // namespace runcxx::config
