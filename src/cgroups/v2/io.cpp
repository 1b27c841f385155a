// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/numbers.h"
#include "base/text.h"
#include "cgroups/controller.h"
#include "cgroups/limit_text.h"
#include "cgroups/v2/conversions.h"

namespace runcxx::cgroups::v2 {
namespace {

constexpr auto kBfqWeight = "io.bfq.weight";
constexpr auto kWeight = "io.weight";

bool wants(const oci::Resources& resources) {
    const auto& io = resources.block_io;
    return io.weight.value_or(0) != 0 || !io.weight_device.empty() || !io.throttle_read_bps_device.empty() ||
           !io.throttle_write_bps_device.empty() || !io.throttle_read_iops_device.empty() ||
           !io.throttle_write_iops_device.empty();
}

void set_weights(const Directory& directory, const oci::BlockIo& io) {
    const bool has_bfq = directory.has(kBfqWeight);
    const auto* file = has_bfq ? kBfqWeight : kWeight;
    const auto converted = [&](std::uint16_t weight) {
        return has_bfq ? weight : io_weight_of_blkio(weight);
    };
    if (io.weight.value_or(0) != 0) directory.write(file, std::to_string(converted(*io.weight)));
    std::vector<std::string> weights;
    for (const auto& device : io.weight_device)
        if (device.weight.value_or(0) != 0)
            weights.push_back(device_value(device.major, device.minor, converted(*device.weight)));
    if (weights.empty()) return;
    // Weights per device came to BFQ with Linux 5.4; before, the file is a lone number.
    if (has_bfq && parse_number<std::int64_t>(trim(directory.read(kBfqWeight)))) return;
    directory.write_each(file, weights);
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation&) {
    const auto& io = resources.block_io;
    if (io.weight.value_or(0) != 0 || !io.weight_device.empty()) set_weights(directory, io);

    std::vector<std::string> limits;
    const auto add = [&](const std::vector<oci::ThrottleDevice>& devices, const char* name) {
        for (auto& text : device_values(devices, name))
            limits.push_back(std::move(text));
    };
    add(io.throttle_read_bps_device, "rbps");
    add(io.throttle_write_bps_device, "wbps");
    add(io.throttle_read_iops_device, "riops");
    add(io.throttle_write_iops_device, "wiops");
    directory.write_each("io.max", limits);
}

}  // namespace

extern const Controller kIo{.name = "io", .wants = wants, .apply = apply, .is_domain = true};

}  // namespace runcxx::cgroups::v2
