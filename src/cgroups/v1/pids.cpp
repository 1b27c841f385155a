// SPDX-License-Identifier: Apache-2.0
#include "cgroups/controller.h"
#include "cgroups/limit_text.h"

namespace runcxx::cgroups::v1 {
namespace {

bool wants(const oci::Resources& resources) {
    return resources.pids.limit.has_value();
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation&) {
    directory.write("pids.max", pids_max(*resources.pids.limit));
}

}  // namespace

extern const Controller kPids{.name = "pids", .wants = wants, .apply = apply};

}  // namespace runcxx::cgroups::v1
