// SPDX-License-Identifier: Apache-2.0
// On cgroup v1 systemd and we write the same list, so it is told of the rules; that it does not write the list again later
// is the manager's care. On v2 our program in the kernel decides, alone: systemd would attach one of its own, and again at
// every daemon-reload, and then deny what somebody has allowed in ours meanwhile (hooks for GPUs do).
#include <optional>

#include <fmt/core.h>

#include "cgroups/device_rules.h"
#include "cgroups/systemd/properties.h"

namespace runcxx::cgroups::systemd {
namespace {

// "char-136" beside the names of /proc/devices (NEWS of systemd 240).
constexpr unsigned kMajorNumbers = 240;

// systemd.resource-control(5), DeviceAllow=. nullopt: there is no way to say it.
std::optional<std::string> device_name(const DeviceKey& key, unsigned version) {
    const auto* kind = key.type == 'c' ? "char" : "block";
    const bool any_major = key.major == kAnyDevice, any_minor = key.minor == kAnyDevice;
    if (any_major) return any_minor ? std::optional(fmt::format("{}-*", kind)) : std::nullopt;
    if (!any_minor) return fmt::format("/dev/{}/{}:{}", kind, key.major, key.minor);
    return version >= kMajorNumbers ? std::optional(fmt::format("{}-{}", kind, key.major)) : std::nullopt;
}

}  // namespace

Properties device_properties(const std::vector<oci::DeviceCgroup>& rules, const Dialect& dialect) {
    if (dialect.unified) return {};
    const auto state = DeviceState::of(rules);
    if (state.restricts_nothing()) return {{"DevicePolicy", dbus::string("auto")}};
    // systemd starts from "none". What it has no word for, the file gets after it.
    std::vector<dbus::Value> allowed;
    if (!state.allows_by_default())
        for (const auto& [key, access] : state.exceptions())
            if (const auto name = device_name(key, dialect.version))
                allowed.push_back(
                    dbus::structure({dbus::string(*name), dbus::string(access_letters(access))}));
    return {{"DevicePolicy", dbus::string("strict")},
            {"DeviceAllow", dbus::array("(ss)", std::move(allowed))}};
}

}  // namespace runcxx::cgroups::systemd
