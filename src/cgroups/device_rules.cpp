// SPDX-License-Identifier: Apache-2.0
#include "cgroups/device_rules.h"

#include <string_view>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"

namespace runcxx::cgroups {
namespace {

bool covers(std::int64_t wide, std::int64_t narrow) {
    return wide == kAnyDevice || wide == narrow;
}

bool covers(const DeviceKey& wide, const DeviceKey& narrow) {
    return wide.type == narrow.type && covers(wide.major, narrow.major) && covers(wide.minor, narrow.minor);
}

// There are devices that both keys match.
bool overlap(const DeviceKey& a, const DeviceKey& b) {
    const auto can_be_equal = [](std::int64_t x, std::int64_t y) { return covers(x, y) || covers(y, x); };
    return a.type == b.type && can_be_equal(a.major, b.major) && can_be_equal(a.minor, b.minor);
}

}  // namespace

std::uint8_t parse_access(std::string_view letters) {
    std::uint8_t access = 0;
    for (const char letter : letters) {
        if (letter == 'r') access |= kRead;
        if (letter == 'w') access |= kWrite;
        if (letter == 'm') access |= kMknod;
    }
    return access;
}

std::uint8_t access_at(const DeviceExceptions& exceptions, const DeviceKey& key) {
    const auto found = exceptions.find(key);
    return found == exceptions.end() ? 0 : found->second;
}

std::string access_letters(std::uint8_t access) {
    std::string letters;
    if (access & kRead) letters += 'r';
    if (access & kWrite) letters += 'w';
    if (access & kMknod) letters += 'm';
    return letters;
}

std::string device_line(const DeviceKey& key, std::uint8_t access) {
    const auto number = [](std::int64_t value) { return value == kAnyDevice ? "*" : std::to_string(value); };
    return fmt::format("{} {}:{} {}", key.type, number(key.major), number(key.minor), access_letters(access));
}

void DeviceState::apply(const oci::DeviceCgroup& rule) {
    if (rule.type.empty() || rule.type == "a") {
        allows_by_default_ = rule.allow;
        exceptions_.clear();
        return;
    }
    if (rule.type != "b" && rule.type != "c")
        throw Error(Error::Kind::InvalidConfig,
                    fmt::format("invalid cgroup device type {}", quoted(rule.type)));
    const DeviceKey key{.major = rule.major.value_or(kAnyDevice),
                        .minor = rule.minor.value_or(kAnyDevice),
                        .type = rule.type.front()};
    const auto access = parse_access(rule.access);
    if (rule.allow != allows_by_default_) {
        if (access != 0) exceptions_[key] |= access;
        return;
    }
    // Takes back (part of) exceptions. The kernel's v1 controller takes back one of exactly that key and ignores all else
    // without an error. What that would leave open against the spec is done or refused here: a denial takes back all
    // it covers; a part of a wildcard exception cannot be taken back. A denial stays unless exactly it is lifted.
    for (auto& [there, bits] : exceptions_) {
        if (!overlap(there, key) || (bits & access) == 0) continue;
        if (rule.allow && there != key && !covers(there, key)) continue;
        if (!covers(key, there))
            throw Error(
                Error::Kind::InvalidConfig,
                fmt::format("unable to remove '{}' exception: requested rule [{}] not supported by devices "
                            "cgroupv1 (cannot punch hole in existing wildcard rule [{}])",
                            rule.allow ? "deny" : "allow", device_line(key, access),
                            device_line(there, bits)));
        bits = static_cast<std::uint8_t>(bits & ~access);
    }
    std::erase_if(exceptions_, [](const auto& exception) { return exception.second == 0; });
}

DeviceState DeviceState::of(const std::vector<oci::DeviceCgroup>& rules) {
    DeviceState state;
    for (const auto& rule : rules)
        state.apply(rule);
    return state;
}

}  // namespace runcxx::cgroups
