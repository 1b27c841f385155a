// SPDX-License-Identifier: Apache-2.0
// step("mount rootfs", [&]{ ... }): names a step for errors, for the debug log (with its duration) and, in
// debug builds, for RUNCXX_STOP_AT="mount rootfs", which stops the process before that step.
// Runs in: either.
#pragma once

#include <string_view>
#include <utility>

#include "base/error.h"

namespace runcxx {

class StepTimer {
public:
    explicit StepTimer(std::string_view name);
    ~StepTimer();
    StepTimer(const StepTimer&) = delete;
    StepTimer& operator=(const StepTimer&) = delete;

private:
    std::string_view name_;
    long long started_ns_ = 0;  // 0 when nobody listens
};

template <class Action>
decltype(auto) step(std::string_view name, Action&& action) {
    const StepTimer timer(name);
    try {
        return std::forward<Action>(action)();
    } catch (Error& error) {
        error.add_context(name);
        throw;
    }
}

}  // namespace runcxx
