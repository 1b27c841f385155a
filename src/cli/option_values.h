// SPDX-License-Identifier: Apache-2.0
// Numbers and durations as Go writes them, with Go's words for what is wrong with them.
// Runs in: runtime. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace runcxx::cli {

// strconv.ParseInt(text, 0, 64): optional sign, then decimal, 0x, 0o, 0b or 0 (octal). Errors: InvalidConfig
// `strconv.ParseInt: parsing "x": invalid syntax` or `... value out of range`.
std::int64_t parse_integer(std::string_view text);

// time.ParseDuration in nanoseconds: "5s", "1m30s", "1.5h", "100ms", also negative. Errors: InvalidConfig
// `time: invalid duration "x"`.
std::int64_t parse_duration(std::string_view text);

}  // namespace runcxx::cli
