// SPDX-License-Identifier: Apache-2.0
#include "base/rollback.h"

#include <fmt/core.h>

#include "base/log.h"

namespace runcxx {

std::vector<std::string> Rollback::undo() noexcept {
    std::vector<std::string> failures;
    while (!actions_.empty()) {
        const Action action = std::move(actions_.back());
        actions_.pop_back();
        try {
            action.run();
        } catch (const std::exception& error) {
            failures.push_back(fmt::format("cannot {}: {}", action.what, error.what()));
            log::write(log::Level::Warning, failures.back());
        }
    }
    return failures;
}

}  // namespace runcxx
