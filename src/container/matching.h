// SPDX-License-Identifier: Apache-2.0
// --regex: one command for several containers.
// Runs in: runtime.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/paths.h"

namespace runcxx::container {

// Calls action for every container whose id matches the regular expression, in the order of ids. One that fails is a
// warning and the others still have their turn; one that has vanished or that does not run, when that is what the
// action complains of, is passed over. None that matches is fine. Errors: "cannot <verb> N of M matching containers: ...";
// what is wrong with the expression; a missing root, unless it is the default one.
void for_each_matching(const HostPath& root, bool root_is_default, const std::string& regex,
                       std::string_view verb, const std::function<void(const std::string& id)>& action);

}  // namespace runcxx::container
