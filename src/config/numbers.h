// SPDX-License-Identifier: Apache-2.0
// Numbers of option values, with the words of Go's strconv for what is wrong with them.
// Runs in: runtime. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace runcxx::config {

// Decimal, the first also with a sign. Errors: InvalidConfig `strconv.ParseInt: parsing "x": invalid syntax` or
// `... value out of range`; ParseUint in the second.
std::int64_t parse_int64(std::string_view text);
std::uint64_t parse_uint64(std::string_view text);

// "64M", "1.5g", "512 KiB", "100" in bytes, by powers of 1024; "-1": unlimited. Errors: InvalidConfig
// "invalid size: 'x'", "invalid suffix: 'x'", `strconv.ParseFloat: parsing "x": ...`.
std::int64_t parse_size(std::string_view text);

}  // namespace runcxx::config
