// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "cgroups/meter.h"
#include "cgroups/stat_text.h"

namespace runcxx::cgroups::v1 {
namespace {

void read(const Directory& directory, Stats& stats) {
    for (const auto& size : huge_page_sizes(directory.names())) {
        // What is reserved counts against a limit before it is used; Linux 5.7.
        const auto reserved = fmt::format("hugetlb.{}.rsvd", size);
        const auto prefix =
            directory.has(reserved + ".usage_in_bytes") ? reserved : fmt::format("hugetlb.{}", size);
        const auto number = [&](const char* what) {
            return number_if_there(directory, fmt::format("{}.{}", prefix, what)).value_or(0);
        };
        stats.hugetlb[size] = {.usage = number("usage_in_bytes"),
                               .max = number("max_usage_in_bytes"),
                               .failcnt = number("failcnt")};
    }
}

}  // namespace

extern const Meter kHugetlbMeter{.controller = "hugetlb", .read = read};

}  // namespace runcxx::cgroups::v1
