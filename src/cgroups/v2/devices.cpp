// SPDX-License-Identifier: Apache-2.0
// The program was loaded by UnifiedManager::prepare_resources(), while init was busy.
#include "cgroups/controller.h"
#include "cgroups/v2/device_filter.h"

namespace runcxx::cgroups::v2 {
namespace {

// An empty list means deny all as well.
bool wants(const oci::Resources&) {
    return true;
}

void apply(const Directory& directory, const oci::Resources&, const Situation& situation) {
    if (situation.device_program != nullptr)
        attach_device_program(directory, *situation.device_program, situation.is_new);
}

}  // namespace

extern const Controller kDevices{.name = "devices", .wants = wants, .apply = apply};

}  // namespace runcxx::cgroups::v2
