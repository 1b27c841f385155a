// SPDX-License-Identifier: Apache-2.0
// What --version prints. Runs in: runtime.
#pragma once

#include <string>

namespace runcxx::cli {

// Lines "runcxx version X", "commit: C" (if known), "spec: X", "libseccomp: X".
std::string version_text();

}  // namespace runcxx::cli
