// SPDX-License-Identifier: Apache-2.0
// The kinds of hooks: their names and where their lists are.
// Runs in: either.
#pragma once

#include <string_view>
#include <vector>

#include "oci/spec.h"

namespace runcxx::config {

struct HookKind {
    std::string_view name;
    std::vector<oci::Hook> oci::Hooks::*list;
};

// In the order in which they run, which is also that of `features`.
inline constexpr HookKind kHookKinds[] = {
    {"prestart", &oci::Hooks::prestart},
    {"createRuntime", &oci::Hooks::create_runtime},
    {"createContainer", &oci::Hooks::create_container},
    {"startContainer", &oci::Hooks::start_container},
    {"poststart", &oci::Hooks::poststart},
    {"poststop", &oci::Hooks::poststop},
};

inline oci::Strings hook_names() {
    oci::Strings names;
    for (const auto& kind : kHookKinds)
        names.emplace_back(kind.name);
    return names;
}

}  // namespace runcxx::config
