// SPDX-License-Identifier: Apache-2.0
// The time of day as text.
// Runs in: runtime.
#pragma once

#include <string>

namespace runcxx::sys {

// "2026-01-02T03:04:05.000000006Z": RFC 3339 with nanoseconds, trailing zeros of the fraction left out (Go's
// RFC3339Nano).
std::string utc_timestamp();

}  // namespace runcxx::sys
