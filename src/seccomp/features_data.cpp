// SPDX-License-Identifier: Apache-2.0
#include "seccomp/features_data.h"

#include <fmt/core.h>

#include "seccomp/profile.h"

namespace runcxx::seccomp {
namespace {

template <class Row, std::size_t N>
oci::Strings names(const Row (&table)[N]) {
    oci::Strings result;
    for (const auto& row : table)
        result.emplace_back(row.name);
    return result;
}

}  // namespace

oci::Strings known_actions() {
    return names(kActions);
}

oci::Strings known_operators() {
    return names(kOperators);
}

oci::Strings known_architectures() {
    return names(kArchitectures);
}

oci::Strings known_flags() {
    return names(kFlags);
}

oci::Strings supported_flags() {
    oci::Strings result;
    for (const auto& flag : kFlags)
        if (is_supported(flag)) result.emplace_back(flag.name);
    return result;
}

std::string libseccomp_version() {
    const auto* version = seccomp_version();
    return version == nullptr ? "unknown"
                              : fmt::format("{}.{}.{}", version->major, version->minor, version->micro);
}

}  // namespace runcxx::seccomp
