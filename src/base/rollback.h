// SPDX-License-Identifier: Apache-2.0
// A stack of undo actions: what was done so far is undone, last first, unless commit() is reached.
// Runs in: either. Undo actions must be idempotent; one that throws is logged and the rest still run.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace runcxx {

class Rollback {
public:
    Rollback() = default;
    Rollback(const Rollback&) = delete;
    Rollback& operator=(const Rollback&) = delete;
    ~Rollback() { undo(); }

    // `what` reads as in "cannot <what>".
    void add(std::string what, std::function<void()> action) {
        actions_.push_back({std::move(what), std::move(action)});
    }
    void commit() noexcept { actions_.clear(); }
    // Returns what could not be undone, as it was logged: "cannot <what>: <why>".
    std::vector<std::string> undo() noexcept;

private:
    struct Action {
        std::string what;
        std::function<void()> run;
    };
    std::vector<Action> actions_;
};

}  // namespace runcxx
