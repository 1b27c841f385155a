// SPDX-License-Identifier: Apache-2.0
// runc's hint for commands that need more of cgroups than a user may have. Runs in: runtime.
#pragma once

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace runcxx::cli {

// Calls `action`; when it fails for lack of permission, there is a warning before the error.
template <class Action>
decltype(auto) with_access_hint(std::string_view command, Action&& action) {
    try {
        return std::forward<Action>(action)();
    } catch (const Error& error) {
        if (error.code() == EACCES || error.code() == EPERM)
            log::warning("runcxx {} failure might be caused by lack of full access to cgroups", command);
        throw;
    }
}

}  // namespace runcxx::cli
