// SPDX-License-Identifier: Apache-2.0
#include <cerrno>

#include <fmt/core.h>

#include "cgroups/controller.h"

namespace runcxx::cgroups::v1 {
namespace {

bool wants(const oci::Resources& resources) {
    return !resources.hugepage_limits.empty();
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation&) {
    bool has_reservations = true;  // Linux 5.7
    for (const auto& page : resources.hugepage_limits) {
        const auto limit = std::to_string(page.limit);
        directory.write(fmt::format("hugetlb.{}.limit_in_bytes", page.page_size), limit);
        if (!has_reservations) continue;
        const auto name = fmt::format("hugetlb.{}.rsvd.limit_in_bytes", page.page_size);
        const int failure = directory.try_write(name, limit);
        if (failure == ENOENT)
            has_reservations = false;
        else if (failure != 0)
            throw directory.write_error(name, limit, failure);
    }
}

}  // namespace

extern const Controller kHugetlb{.name = "hugetlb", .wants = wants, .apply = apply};

}  // namespace runcxx::cgroups::v1
