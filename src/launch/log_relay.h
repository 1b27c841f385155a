// SPDX-License-Identifier: Apache-2.0
// The runtime's end of the log pipe: JSON lines of init and the C stage, written again by our own log. Fatal
// records are kept for the error message instead of being logged.
// Runs in: runtime.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sys/unique_fd.h"

namespace runcxx::launch {

class LogRelay {
public:
    LogRelay() = default;
    explicit LogRelay(sys::UniqueFd read_end) : pipe_(std::move(read_end)) {}

    const sys::UniqueFd& fd() const { return pipe_; }
    // Takes what is there, without blocking once poll said it is readable. Closes itself at end of file.
    void read_some();
    // Until the writers are gone or `deadline_ms` (sys::monotonic_ms).
    void drain(std::int64_t deadline_ms);

    const std::vector<std::string>& fatal() const { return fatal_; }

private:
    void take_line(std::string_view line);

    sys::UniqueFd pipe_;
    std::string partial_;
    std::vector<std::string> fatal_;
};

}  // namespace runcxx::launch
