// SPDX-License-Identifier: Apache-2.0
// The files that a caller names or brings: config.json, a process object, paths relative to its directory.
// Runs in: runtime.
#pragma once

#include <string>

#include "base/paths.h"
#include "oci/spec.h"

namespace runcxx::container {

inline constexpr const char* kSpecFile = "config.json";  // in the bundle

// As seen from the current directory, which the bundle is about to replace. Empty stays empty.
HostPath absolute_path(const std::string& path);

// Errors: InvalidConfig "JSON specification file config.json not found", "config cannot be null".
oci::Spec load_spec(const HostPath& path);
// exec --process; the file may be a pipe. Errors: "open P: ...".
oci::Process load_process(const HostPath& path);

}  // namespace runcxx::container
