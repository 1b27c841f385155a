// SPDX-License-Identifier: Apache-2.0
#include "cli/version.h"

#include <fmt/core.h>

#include "base/paths.h"
#include "runcxx/version.h"
#include "seccomp/features_data.h"

namespace runcxx::cli {

std::string_view program_name(std::string_view called_as) {
    return base_name(called_as) == "runc" ? "runc" : "runcxx";
}

std::string version_text(std::string_view name) {
    std::string text = fmt::format("{} version " RUNCXX_VERSION "\n", name);
    if (!std::string_view(RUNCXX_COMMIT).empty()) text += "commit: " RUNCXX_COMMIT "\n";
    text += "spec: " RUNCXX_SPEC_VERSION "\n";
    return text + fmt::format("libseccomp: {}\n", seccomp::libseccomp_version());
}

}  // namespace runcxx::cli
