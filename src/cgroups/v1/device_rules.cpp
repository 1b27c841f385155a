// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v1/device_rules.h"

#include <string_view>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"

namespace runcxx::cgroups::v1 {
namespace {

std::uint8_t parse_access(std::string_view letters) {
    std::uint8_t access = 0;
    for (const char letter : letters) {
        if (letter == 'r') access |= kRead;
        if (letter == 'w') access |= kWrite;
        if (letter == 'm') access |= kMknod;
    }
    return access;
}

std::string access_letters(std::uint8_t access) {
    std::string letters;
    if (access & kRead) letters += 'r';
    if (access & kWrite) letters += 'w';
    if (access & kMknod) letters += 'm';
    return letters;
}

std::string line_of(const DeviceKey& key, std::uint8_t access) {
    const auto number = [](std::int64_t value) { return value == kAnyDevice ? "*" : std::to_string(value); };
    return fmt::format("{} {}:{} {}", key.type, number(key.major), number(key.minor), access_letters(access));
}

std::uint8_t access_in(const std::map<DeviceKey, std::uint8_t>& exceptions, const DeviceKey& key) {
    const auto found = exceptions.find(key);
    return found == exceptions.end() ? 0 : found->second;
}

std::uint8_t without(std::uint8_t access, std::uint8_t removed) {
    return static_cast<std::uint8_t>(access & ~removed);
}

std::int64_t parse_device_number(std::string_view text, std::string_view line) {
    if (text == "*") return kAnyDevice;
    if (const auto number = parse_number<std::uint32_t>(text)) return *number;
    throw Error(fmt::format("error parsing line {}: invalid device number {}", quoted(line), quoted(text)));
}

// With no rule in common with what is there: first the mode, then every exception.
std::vector<DeviceWrite> full_writes(const DeviceState& target) {
    std::vector<DeviceWrite> writes{{target.allows_by_default(), "a *:* rwm"}};
    for (const auto& [key, access] : target.exceptions())
        writes.push_back({!target.allows_by_default(), line_of(key, access)});
    return writes;
}

}  // namespace

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
    // Takes back (part of) an exception. Of a wildcard exception the kernel only takes back all of it, and
    // ignores the rest without an error: refuse what would leave more open than the spec says.
    for (const auto& wider :
         {DeviceKey{kAnyDevice, key.minor, key.type}, DeviceKey{key.major, kAnyDevice, key.type},
          DeviceKey{kAnyDevice, kAnyDevice, key.type}}) {
        if (wider == key) continue;
        const auto there = access_in(exceptions_, wider);
        if ((there & access) == 0) continue;
        throw Error(
            Error::Kind::InvalidConfig,
            fmt::format("unable to remove '{}' exception: requested rule [{}] not supported by devices "
                        "cgroupv1 (cannot punch hole in existing wildcard rule [{}])",
                        rule.allow ? "deny" : "allow", line_of(key, access), line_of(wider, there)));
    }
    const auto left = without(access_in(exceptions_, key), access);
    if (left == 0)
        exceptions_.erase(key);
    else
        exceptions_[key] = left;
}

DeviceState DeviceState::of(const std::vector<oci::DeviceCgroup>& rules) {
    DeviceState state;
    for (const auto& rule : rules)
        state.apply(rule);
    return state;
}

DeviceState DeviceState::parse(const std::string& list) {
    DeviceState state;
    for (const auto line : split(list, '\n')) {
        if (line.empty()) continue;
        const auto words = split(line, ' ');  // "c 1:3 rwm"
        const auto numbers = words.size() == 3 ? split(words[1], ':') : std::vector<std::string_view>{};
        if (numbers.size() != 2) throw Error(fmt::format("malformed devices.list rule {}", line));
        if (words[0] == "a") {
            state.allows_by_default_ = true;
            state.exceptions_.clear();
            continue;
        }
        if (words[0] != "b" && words[0] != "c")
            throw Error(
                fmt::format("error parsing line {}: unknown device type {}", quoted(line), quoted(words[0])));
        if (state.allows_by_default_) continue;
        state.exceptions_[{.major = parse_device_number(numbers[0], line),
                           .minor = parse_device_number(numbers[1], line),
                           .type = words[0].front()}] |= parse_access(words[2]);
    }
    return state;
}

std::vector<DeviceWrite> DeviceState::writes_from_unknown(const DeviceState& target) {
    return full_writes(target);
}

std::vector<DeviceWrite> DeviceState::writes_to(const DeviceState& target) const {
    // What an allow-all cgroup denies cannot be read, so it is reset even if the target is allow-all too.
    if (allows_by_default_ || target.allows_by_default_) return full_writes(target);
    std::vector<DeviceWrite> writes;
    for (const auto& [key, access] : exceptions_)
        if (const auto dropped = without(access, access_in(target.exceptions_, key)); dropped != 0)
            writes.push_back({false, line_of(key, dropped)});
    for (const auto& [key, access] : target.exceptions_)
        if (const auto gained = without(access, access_in(exceptions_, key)); gained != 0)
            writes.push_back({true, line_of(key, gained)});
    return writes;
}

}  // namespace runcxx::cgroups::v1
