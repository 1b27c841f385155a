// SPDX-License-Identifier: Apache-2.0
// What --version prints. Runs in: runtime.
#pragma once

#include <string>
#include <string_view>

namespace runcxx::cli {

// What this program calls itself in its version and in the errors of create and run, which callers of runc look for:
// "runc" when it is called by that name, else "runcxx".
std::string_view program_name(std::string_view called_as);

// Lines "NAME version X", "commit: C" (if known), "spec: X", "libseccomp: X".
std::string version_text(std::string_view name);

}  // namespace runcxx::cli
