// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v1/devices_list.h"

#include <string_view>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"

namespace runcxx::cgroups::v1 {
namespace {

std::uint8_t without(std::uint8_t access, std::uint8_t removed) {
    return static_cast<std::uint8_t>(access & ~removed);
}

std::int64_t parse_device_number(std::string_view text, std::string_view line) {
    if (text == "*") return kAnyDevice;
    if (const auto number = parse_number<std::uint32_t>(text)) return *number;
    throw Error(fmt::format("error parsing line {}: invalid device number {}", quoted(line), quoted(text)));
}

}  // namespace

DeviceState parse_devices_list(const std::string& list) {
    bool allows_by_default = false;
    DeviceExceptions exceptions;
    for (const auto line : split(list, '\n')) {
        if (line.empty()) continue;
        const auto words = split(line, ' ');  // "c 1:3 rwm"
        const auto numbers = words.size() == 3 ? split(words[1], ':') : std::vector<std::string_view>{};
        if (numbers.size() != 2) throw Error(fmt::format("malformed devices.list rule {}", line));
        if (words[0] == "a") {
            allows_by_default = true;
            exceptions.clear();
            continue;
        }
        if (words[0] != "b" && words[0] != "c")
            throw Error(
                fmt::format("error parsing line {}: unknown device type {}", quoted(line), quoted(words[0])));
        if (allows_by_default) continue;
        exceptions[{.major = parse_device_number(numbers[0], line),
                    .minor = parse_device_number(numbers[1], line),
                    .type = words[0].front()}] |= parse_access(words[2]);
    }
    return {allows_by_default, std::move(exceptions)};
}

std::vector<DeviceWrite> all_device_writes(const DeviceState& to) {
    std::vector<DeviceWrite> writes{{to.allows_by_default(), "a *:* rwm"}};
    for (const auto& [key, access] : to.exceptions())
        writes.push_back({!to.allows_by_default(), device_line(key, access)});
    return writes;
}

std::vector<DeviceWrite> device_writes(const DeviceState& from, const DeviceState& to) {
    // What an allow-all cgroup denies cannot be read, so it is reset even if the target is allow-all too.
    if (from.allows_by_default() || to.allows_by_default()) return all_device_writes(to);
    std::vector<DeviceWrite> writes;
    for (const auto& [key, access] : from.exceptions())
        if (const auto dropped = without(access, access_at(to.exceptions(), key)); dropped != 0)
            writes.push_back({false, device_line(key, dropped)});
    for (const auto& [key, access] : to.exceptions())
        if (const auto gained = without(access, access_at(from.exceptions(), key)); gained != 0)
            writes.push_back({true, device_line(key, gained)});
    return writes;
}

}  // namespace runcxx::cgroups::v1
