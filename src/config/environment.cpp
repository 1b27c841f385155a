// SPDX-License-Identifier: Apache-2.0
#include "config/environment.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "config/invalid_config.h"

namespace runcxx::config {

oci::Strings resolve_environment(const oci::Strings& env) {
    oci::Strings result;
    result.reserve(env.size() + 1);
    std::set<std::string_view> seen;
    for (auto each = env.rbegin(); each != env.rend(); ++each) {
        const auto equals = each->find('=');
        if (equals == std::string::npos) throw invalid("invalid environment variable: missing '='");
        if (equals == 0) throw invalid("invalid environment variable: name cannot be empty");
        const auto name = std::string_view(*each).substr(0, equals);
        if (!seen.insert(name).second) continue;
        if (each->find('\0') != std::string::npos)
            throw invalid("invalid environment variable {}: contains nul byte (\\x00)", quoted(name));
        if (*each != "HOME=") result.push_back(*each);
    }
    std::reverse(result.begin(), result.end());
    return result;
}

}  // namespace runcxx::config
