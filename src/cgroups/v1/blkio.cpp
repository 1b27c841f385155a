// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "cgroups/controller.h"
#include "cgroups/limit_text.h"

namespace runcxx::cgroups::v1 {
namespace {

bool wants(const oci::Resources& resources) {
    return resources.block_io != oci::BlockIo{};
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation&) {
    const auto& io = resources.block_io;
    // CFQ left in Linux 5.0; BFQ brings the same knobs under its own name.
    if (io.weight.value_or(0) != 0 || !io.weight_device.empty()) {
        const std::string prefix = directory.has("blkio.weight") ? "blkio.weight" : "blkio.bfq.weight";
        if (io.weight.value_or(0) != 0) directory.write(prefix, std::to_string(*io.weight));
        for (const auto& device : io.weight_device)
            if (device.weight.value_or(0) != 0)
                directory.write(prefix + "_device", device_value(device.major, device.minor, *device.weight));
    }
    if (io.leaf_weight.value_or(0) != 0)
        directory.write("blkio.leaf_weight", std::to_string(*io.leaf_weight));
    for (const auto& device : io.weight_device)
        if (device.leaf_weight.value_or(0) != 0)
            directory.write("blkio.leaf_weight_device",
                            device_value(device.major, device.minor, *device.leaf_weight));

    directory.write_each("blkio.throttle.read_bps_device", device_values(io.throttle_read_bps_device));
    directory.write_each("blkio.throttle.write_bps_device", device_values(io.throttle_write_bps_device));
    directory.write_each("blkio.throttle.read_iops_device", device_values(io.throttle_read_iops_device));
    directory.write_each("blkio.throttle.write_iops_device", device_values(io.throttle_write_iops_device));
}

}  // namespace

extern const Controller kBlkio{.name = "blkio", .wants = wants, .apply = apply};

}  // namespace runcxx::cgroups::v1
