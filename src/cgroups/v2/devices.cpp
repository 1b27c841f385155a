// SPDX-License-Identifier: Apache-2.0
// cgroup v2 has no control file for devices: access is decided by an eBPF program that is attached to the
// cgroup. That program is not written yet, so on a pure v2 host devices are restricted by what /dev contains,
// by CAP_MKNOD and by nodev mounts only. Here is where it will be attached.
#include "base/log.h"
#include "cgroups/controller.h"

namespace runcxx::cgroups::v2 {
namespace {

bool wants(const oci::Resources& resources) {
    return !resources.devices.empty();
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation& situation) {
    if (situation.skip_devices || situation.in_user_namespace) return;
    log::debug("{} device rules are not enforced: no eBPF program for {} yet", resources.devices.size(),
               directory.path());
}

}  // namespace

extern const Controller kDevices{.name = "devices", .wants = wants, .apply = apply};

}  // namespace runcxx::cgroups::v2
