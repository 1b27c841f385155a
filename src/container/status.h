// SPDX-License-Identifier: Apache-2.0
// The states of a container and what is allowed in each, on one screen (runtime-spec, runtime.md "State").
// Runs in: runtime. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace runcxx::container {

enum class Status : std::uint8_t { Creating, Created, Running, Paused, Stopped };

// What the host shows of a container.
struct Signs {
    bool has_state = false;   // state.json was written
    bool init_alive = false;  // same pid and start time, not a zombie
    bool frozen = false;
    bool waits_for_start = false;  // the exec fifo is there
};

constexpr Status status_of(const Signs& signs) {
    if (!signs.has_state) return Status::Creating;
    if (signs.frozen) return Status::Paused;
    if (!signs.init_alive) return Status::Stopped;
    return signs.waits_for_start ? Status::Created : Status::Running;
}

constexpr std::string_view to_string(Status status) {
    switch (status) {
        case Status::Creating:
            return "creating";
        case Status::Created:
            return "created";
        case Status::Running:
            return "running";
        case Status::Paused:
            return "paused";
        case Status::Stopped:
            return "stopped";
    }
    return "unknown";
}

constexpr bool can_start(Status status) {
    return status == Status::Created;
}
constexpr bool can_kill(Status status) {
    return status == Status::Created || status == Status::Running || status == Status::Paused;
}
// Limits can be changed, and statistics read, as long as there are processes.
constexpr bool can_update(Status status) {
    return can_kill(status);
}
// A created container has its namespaces and its root, though nothing of its own runs yet. paused_too: whoever
// waits for the process waits until `resume`.
constexpr bool can_exec(Status status, bool paused_too) {
    return status == Status::Created || status == Status::Running || (status == Status::Paused && paused_too);
}
// A paused one is paused already.
constexpr bool can_pause(Status status) {
    return status == Status::Created || status == Status::Running;
}
// Without --force. A created container runs nothing of the user's yet.
constexpr bool can_delete(Status status) {
    return status == Status::Stopped || status == Status::Created;
}

}  // namespace runcxx::container
