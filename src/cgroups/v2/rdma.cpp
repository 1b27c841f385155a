// SPDX-License-Identifier: Apache-2.0
#include "cgroups/controller.h"
#include "cgroups/limit_text.h"

namespace runcxx::cgroups::v2 {
namespace {

bool wants(const oci::Resources& resources) {
    return !resources.rdma.empty();
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation&) {
    directory.write_each("rdma.max", rdma_max(resources));
}

}  // namespace

extern const Controller kRdma{.name = "rdma", .wants = wants, .apply = apply};

}  // namespace runcxx::cgroups::v2
