// SPDX-License-Identifier: Apache-2.0
// What a list of device rules amounts to, in the terms of the kernel's v1 controller (security/device_cgroup.c):
// a default and exceptions to it.
// Both cgroup versions and the systemd driver enforce this state, so that a spec means the same everywhere. Pure.
// Runs in: runtime.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "oci/spec.h"

namespace runcxx::cgroups {

inline constexpr std::int64_t kAnyDevice = -1;

// Bits of an access, with the numbers of BPF_DEVCG_ACC_*.
inline constexpr std::uint8_t kMknod = 1, kRead = 2, kWrite = 4, kAllAccess = 7;

struct DeviceKey {
    std::int64_t major = kAnyDevice;
    std::int64_t minor = kAnyDevice;
    char type = 'c';  // 'c' or 'b'

    bool operator==(const DeviceKey&) const = default;
    friend bool operator<(const DeviceKey& a, const DeviceKey& b) {
        return std::tie(a.major, a.minor, a.type) < std::tie(b.major, b.minor, b.type);
    }
};

using DeviceExceptions = std::map<DeviceKey, std::uint8_t>;

class DeviceState {
public:
    // Deny all, no exceptions: where a container starts.
    DeviceState() = default;
    DeviceState(bool allows_by_default, DeviceExceptions exceptions)
        : allows_by_default_(allows_by_default), exceptions_(std::move(exceptions)) {}
    // Folds a list into a state: for one access to one device the last rule that matches decides, but for a rule that
    // allows more than exactly what was denied, which leaves that denied. A rule of type "a" (or none) resets to
    // allow-all or deny-all. Error: "... cannot punch hole in existing wildcard rule ...".
    static DeviceState of(const std::vector<oci::DeviceCgroup>& rules);

    bool allows_by_default() const { return allows_by_default_; }
    // What differs from the default. In deny-all an access is allowed if one exception has all of its bits; in
    // allow-all it is denied if one exception has any of them.
    const DeviceExceptions& exceptions() const { return exceptions_; }
    bool restricts_nothing() const { return allows_by_default_ && exceptions_.empty(); }
    bool operator==(const DeviceState&) const = default;

private:
    void apply(const oci::DeviceCgroup& rule);

    bool allows_by_default_ = false;
    DeviceExceptions exceptions_;
};

// "r", "w", "m" or several of them, to bits; letters that are none are left out.
std::uint8_t parse_access(std::string_view letters);
// The bits of `exceptions` at exactly this key.
std::uint8_t access_at(const DeviceExceptions& exceptions, const DeviceKey& key);
// Bits to "r", "w", "m", in that order.
std::string access_letters(std::uint8_t access);
// "c 1:* rw": a line of devices.list, devices.allow and devices.deny, also for messages.
std::string device_line(const DeviceKey& key, std::uint8_t access);

}  // namespace runcxx::cgroups
