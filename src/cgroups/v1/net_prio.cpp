// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "cgroups/controller.h"

namespace runcxx::cgroups::v1 {
namespace {

bool wants(const oci::Resources& resources) {
    return !resources.network.priorities.empty();
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation&) {
    std::vector<std::string> lines;
    for (const auto& interface : resources.network.priorities)
        lines.push_back(fmt::format("{} {}", interface.name, interface.priority));
    directory.write_each("net_prio.ifpriomap", lines);
}

}  // namespace

extern const Controller kNetPrio{.name = "net_prio", .wants = wants, .apply = apply};

}  // namespace runcxx::cgroups::v1
