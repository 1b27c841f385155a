// SPDX-License-Identifier: Apache-2.0
#include "cgroups/limit_text.h"

#include <fmt/core.h>

namespace runcxx::cgroups {

std::string pids_max(std::int64_t limit) {
    if (limit < 0) return "max";
    return std::to_string(limit == 0 ? 1 : limit);
}

std::vector<std::string> rdma_max(const oci::Resources& resources) {
    std::vector<std::string> texts;
    for (const auto& [device, limits] : resources.rdma) {
        auto text = device;
        if (limits.hca_handles) text += fmt::format(" hca_handle={}", *limits.hca_handles);
        if (limits.hca_objects) text += fmt::format(" hca_object={}", *limits.hca_objects);
        texts.push_back(std::move(text));
    }
    return texts;
}

std::string device_value(std::int64_t major, std::int64_t minor, std::uint64_t value, const char* name) {
    if (name == nullptr) return fmt::format("{}:{} {}", major, minor, value);
    return fmt::format("{}:{} {}={}", major, minor, name, value);
}

std::vector<std::string> device_values(const std::vector<oci::ThrottleDevice>& devices, const char* name) {
    std::vector<std::string> texts;
    texts.reserve(devices.size());
    for (const auto& device : devices)
        texts.push_back(device_value(device.major, device.minor, device.rate, name));
    return texts;
}

}  // namespace runcxx::cgroups
