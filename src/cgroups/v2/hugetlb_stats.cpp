// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "cgroups/meter.h"
#include "cgroups/processes.h"
#include "cgroups/stat_text.h"

namespace runcxx::cgroups::v2 {
namespace {

void read(const Directory& directory, Stats& stats) {
    for (const auto& size : huge_page_sizes(directory.names())) {
        HugetlbStats pages;
        // What is reserved counts against a limit before it is used; Linux 5.7.
        auto usage = number_if_there(directory, fmt::format("hugetlb.{}.rsvd.current", size));
        if (!usage) usage = number_if_there(directory, fmt::format("hugetlb.{}.current", size));
        pages.usage = usage.value_or(0);
        if (const auto text = text_if_there(directory, fmt::format("hugetlb.{}.events", size)))
            pages.failcnt = value_of(*text, "max").value_or(0);
        stats.hugetlb[size] = pages;
    }
}

}  // namespace

extern const Meter kHugetlbMeter{.controller = "hugetlb", .read = read};

}  // namespace runcxx::cgroups::v2
