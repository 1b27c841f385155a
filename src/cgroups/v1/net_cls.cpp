// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "cgroups/controller.h"

namespace runcxx::cgroups::v1 {
namespace {

bool wants(const oci::Resources& resources) {
    return resources.network.class_id.value_or(0) != 0;
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation&) {
    directory.write("net_cls.classid", std::to_string(*resources.network.class_id));
}

}  // namespace

extern const Controller kNetCls{.name = "net_cls", .wants = wants, .apply = apply};

}  // namespace runcxx::cgroups::v1
