// SPDX-License-Identifier: Apache-2.0
// Values of the spec, which speaks cgroup v1, in terms of cgroup v2. Pure.
// Runs in: runtime.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "oci/spec.h"

namespace runcxx::cgroups::v2 {

// cpu.shares 2..262144 -> cpu.weight 1..10000: ceil(10^((l^2 + 125 l)/612 - 7/34)) with l = log2(shares), a
// curve through (2, 1), (1024, 100) and (262144, 10000). 0 stays 0: unset. Values outside are clamped.
std::uint64_t weight_of_shares(std::uint64_t shares);

// blkio.weight 10..1000 -> io.weight 1..10000, linear. 0 stays 0: unset; what is below 10 becomes 1.
std::uint64_t io_weight_of_blkio(std::uint16_t weight);

// The text for memory.swap.max, by the rule (and with the errors) of config::swap_limit_v2; nullopt: leave it
// alone.
std::optional<std::string> swap_max(const oci::Memory& memory);

// memory.max and memory.low: nullopt for 0 (unset), "max" for -1.
std::optional<std::string> memory_value(std::int64_t value);

}  // namespace runcxx::cgroups::v2
