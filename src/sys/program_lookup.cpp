// SPDX-License-Identifier: Apache-2.0
#include "sys/program_lookup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "base/text.h"

namespace runcxx::sys {

std::string find_program(const std::string& name) {
    const char* path = ::getenv("PATH");
    if (path == nullptr) return {};
    for (const auto folder : split(path, ':')) {
        if (folder.empty() || folder.front() != '/') continue;
        auto candidate = std::string(folder) + "/" + name;
        struct stat status {};
        if (::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
            ::access(candidate.c_str(), X_OK) == 0)
            return candidate;
    }
    return {};
}

}  // namespace runcxx::sys
