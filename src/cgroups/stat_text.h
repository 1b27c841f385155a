// SPDX-License-Identifier: Apache-2.0
// The formats in which the kernel writes statistics. What is not understood is passed over, since kernels add
// lines of their own. Runs in: runtime. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cgroups/stats.h"

namespace runcxx::cgroups {

// "12", or "max" for all bits; nullopt when it is neither.
std::optional<std::uint64_t> parse_count(std::string_view text);
// "12 34 56".
std::vector<std::uint64_t> parse_counts(std::string_view text);
// Lines "NAME VALUE".
Counters parse_counters(std::string_view text);
// The value of a name, 0 when it has none.
std::uint64_t counter(const Counters& counters, std::string_view name);

// "0-3,7" as numbers, at most those of 16 bits.
std::vector<std::uint16_t> parse_number_list(std::string_view text);

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", "full ...".
Pressure parse_pressure(std::string_view text);

// Lines "8:0 Read 12", "8:0 12"; those without a device ("Total 12") are sums.
BlkioEntries parse_blkio(std::string_view text);

// Lines "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6" by what v1 calls them: bytes and operations, each
// with Read, Write and Discard.
void parse_io_stat(std::string_view text, BlkioStats& stats);

// Page sizes ("2MB") in names of files such as "hugetlb.2MB.events", sorted.
std::vector<std::string> huge_page_sizes(const std::vector<std::string>& names);

}  // namespace runcxx::cgroups
