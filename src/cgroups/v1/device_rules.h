// SPDX-License-Identifier: Apache-2.0
// What a list of device rules amounts to, computed as the kernel's v1 controller would
// (security/device_cgroup.c), and the shortest way from one such state to another. Pure. Runs in: runtime.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "oci/spec.h"

namespace runcxx::cgroups::v1 {

inline constexpr std::int64_t kAnyDevice = -1;

// Bits of an access.
inline constexpr std::uint8_t kRead = 1, kWrite = 2, kMknod = 4;

struct DeviceKey {
    std::int64_t major = kAnyDevice;
    std::int64_t minor = kAnyDevice;
    char type = 'c';  // 'c' or 'b'

    bool operator==(const DeviceKey&) const = default;
    friend bool operator<(const DeviceKey& a, const DeviceKey& b) {
        return std::tie(a.major, a.minor, a.type) < std::tie(b.major, b.minor, b.type);
    }
};

// One line for devices.allow or devices.deny.
struct DeviceWrite {
    bool allow = false;
    std::string line;

    bool operator==(const DeviceWrite&) const = default;
};

class DeviceState {
public:
    // Deny all, no exceptions: where a container starts.
    DeviceState() = default;
    // Folds a list into a state. A rule of type "a" (or none) resets to allow-all or deny-all.
    // Error: "... cannot punch hole in existing wildcard rule ...": v1 would silently ignore such a rule.
    static DeviceState of(const std::vector<oci::DeviceCgroup>& rules);
    // The content of devices.list. What an allow-all cgroup denies is not shown by the kernel.
    static DeviceState parse(const std::string& list);

    bool allows_by_default() const { return allows_by_default_; }
    const std::map<DeviceKey, std::uint8_t>& exceptions() const { return exceptions_; }
    bool operator==(const DeviceState&) const = default;

    // The writes that lead from here to `target`, exceptions ordered by major, minor and type.
    std::vector<DeviceWrite> writes_to(const DeviceState& target) const;
    // The same from a state that was not read.
    static std::vector<DeviceWrite> writes_from_unknown(const DeviceState& target);

private:
    void apply(const oci::DeviceCgroup& rule);

    bool allows_by_default_ = false;
    std::map<DeviceKey, std::uint8_t> exceptions_;  // what differs from the default
};

}  // namespace runcxx::cgroups::v1
