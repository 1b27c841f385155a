// SPDX-License-Identifier: Apache-2.0
#include "cli/version.h"

#include <string_view>

#include <fmt/core.h>

#include "runcxx/version.h"
#include "seccomp/features_data.h"

namespace runcxx::cli {

std::string version_text() {
    std::string text = "runcxx version " RUNCXX_VERSION "\n";
    if (!std::string_view(RUNCXX_COMMIT).empty()) text += "commit: " RUNCXX_COMMIT "\n";
    text += "spec: " RUNCXX_SPEC_VERSION "\n";
    return text + fmt::format("libseccomp: {}\n", seccomp::libseccomp_version());
}

}  // namespace runcxx::cli
