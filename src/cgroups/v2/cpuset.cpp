// SPDX-License-Identifier: Apache-2.0
#include "cgroups/controller.h"

namespace runcxx::cgroups::v2 {
namespace {

bool wants(const oci::Resources& resources) {
    return !resources.cpu.cpus.empty() || !resources.cpu.mems.empty();
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation&) {
    if (!resources.cpu.cpus.empty()) directory.write("cpuset.cpus", resources.cpu.cpus);
    if (!resources.cpu.mems.empty()) directory.write("cpuset.mems", resources.cpu.mems);
}

}  // namespace

extern const Controller kCpuset{.name = "cpuset", .wants = wants, .apply = apply};

}  // namespace runcxx::cgroups::v2
