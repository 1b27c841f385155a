// SPDX-License-Identifier: Apache-2.0
#include "sys/environment.h"

#include <cstdlib>

namespace runcxx::sys {

std::optional<std::string> environment_variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

}  // namespace runcxx::sys
