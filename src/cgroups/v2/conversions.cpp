// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v2/conversions.h"

#include <cmath>

#include "config/resolve.h"

namespace runcxx::cgroups::v2 {

std::uint64_t weight_of_shares(std::uint64_t shares) {
    if (shares == 0) return 0;
    if (shares <= 2) return 1;
    if (shares >= 262144) return 10000;
    const double l = std::log2(static_cast<double>(shares));
    const double weight = std::pow(10.0, (l * l + 125.0 * l) / 612.0 - 7.0 / 34.0);
    // Only 1024 gives an integer, exactly 100. No other input comes nearer to an integer than 3e-6 (see the
    // test), so a last bit that another libm rounds up can't make 101 of it.
    const double nearest = std::round(weight);
    if (std::fabs(weight - nearest) < 1e-7) return static_cast<std::uint64_t>(nearest);
    return static_cast<std::uint64_t>(std::ceil(weight));
}

std::uint64_t io_weight_of_blkio(std::uint16_t weight) {
    if (weight == 0) return 0;
    if (weight < 10) return 1;
    return 1 + (static_cast<std::uint64_t>(weight) - 10) * 9999 / 990;
}

std::optional<std::string> swap_max(const oci::Memory& memory) {
    const auto swap = config::swap_limit_v2(memory);
    if (!swap) return std::nullopt;
    return *swap == -1 ? "max" : std::to_string(*swap);
}

std::optional<std::string> memory_value(std::int64_t value) {
    if (value == 0) return std::nullopt;
    if (value == -1) return "max";
    return std::to_string(value);
}

}  // namespace runcxx::cgroups::v2
