// SPDX-License-Identifier: Apache-2.0
// EINTR policy: calls that may be interrupted are repeated; close(2) never is (see unique_fd.h).
// Runs in: either.
#pragma once

#include <cerrno>

namespace runcxx::sys {

template <class Call>
auto retry(Call&& call) {
    for (;;) {
        const auto result = call();
        if (result >= 0 || errno != EINTR) return result;
    }
}

}  // namespace runcxx::sys
