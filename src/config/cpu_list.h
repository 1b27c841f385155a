// SPDX-License-Identifier: Apache-2.0
// Lists of CPU or NUMA node numbers ("0-3,7") as bit masks.
// Runs in: runtime.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace runcxx::config {

// Bit n of word n/64; an empty text gives no words. Blanks around and empty pieces between commas are
// accepted. Errors: InvalidConfig with the texts of Go's number parser; numbers above 65536; a range that
// goes down; a text with commas and no number.
std::vector<std::uint64_t> parse_cpu_list(std::string_view text);

std::size_t count_bits(const std::vector<std::uint64_t>& mask);

}  // namespace runcxx::config
