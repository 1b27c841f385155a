// SPDX-License-Identifier: Apache-2.0
#include "base/rollback.h"

#include "base/log.h"

namespace runcxx {

void Rollback::undo() noexcept {
    while (!actions_.empty()) {
        const Action action = std::move(actions_.back());
        actions_.pop_back();
        try {
            action.run();
        } catch (const std::exception& error) {
            log::warning("cannot {}: {}", action.what, error.what());
        }
    }
}

}  // namespace runcxx
