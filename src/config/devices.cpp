// SPDX-License-Identifier: Apache-2.0
#include "config/devices.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/paths.h"
#include "base/text.h"
#include "config/invalid_config.h"

namespace runcxx::config {
namespace {

constexpr std::int64_t kAny = -1;

struct DefaultDevice {
    std::string_view path;  // empty: a rule only
    char type;
    std::int64_t major;
    std::int64_t minor;
    std::string_view access;
};

constexpr DefaultDevice kDefaultDevices[] = {
    {"", 'c', kAny, kAny, "m"},      {"", 'b', kAny, kAny, "m"},
    {"/dev/null", 'c', 1, 3, "rwm"}, {"/dev/random", 'c', 1, 8, "rwm"},
    {"/dev/full", 'c', 1, 7, "rwm"}, {"/dev/tty", 'c', 5, 0, "rwm"},
    {"/dev/zero", 'c', 1, 5, "rwm"}, {"/dev/urandom", 'c', 1, 9, "rwm"},
    {"", 'c', 136, kAny, "rwm"},  // /dev/pts/N
    {"", 'c', 5, 2, "rwm"},       // /dev/ptmx
    {"", 'c', 10, 200, "rwm"},    // /dev/net/tun: engines have no say in it and users expect it
};

bool is_replaced(const DefaultDevice& row, const std::vector<oci::Device>& devices) {
    return std::any_of(devices.begin(), devices.end(),
                       [&](const oci::Device& each) { return each.path == row.path; });
}

char parse_type(const std::string& type) {
    if (type == "c" || type == "u") return 'c';
    if (type == "b") return 'b';
    if (type == "p") return 'p';
    throw invalid("invalid device type {}", quoted(type));
}

std::uint32_t parse_device_number(std::int64_t number, const oci::Device& device) {
    if (number < 0 || number > UINT32_MAX)
        throw invalid("invalid device number {}:{} of {}", device.major, device.minor, quoted(device.path));
    return static_cast<std::uint32_t>(number);
}

void check_rule_number(std::optional<std::int64_t> number, const char* name, std::size_t index) {
    if (number && (*number < kAny || *number > UINT32_MAX))
        throw invalid("invalid {} number {} of device rule {}", name, *number, index);
}

std::optional<std::int64_t> without_wildcard(std::optional<std::int64_t> number) {
    return number == kAny ? std::nullopt : number;
}

}  // namespace

std::vector<DeviceNode> resolve_devices(const std::vector<oci::Device>& devices, bool has_user_namespace) {
    std::vector<DeviceNode> nodes;
    for (const auto& row : kDefaultDevices) {
        if (row.path.empty() || is_replaced(row, devices)) continue;
        nodes.push_back({.path = std::string(row.path),
                         .type = row.type,
                         .major = static_cast<std::uint32_t>(row.major),
                         .minor = static_cast<std::uint32_t>(row.minor)});
    }
    for (const auto& each : devices) {
        DeviceNode node;
        node.type = parse_type(each.type);
        if (node.type != 'p') {
            node.major = parse_device_number(each.major, each);
            node.minor = parse_device_number(each.minor, each);
        }
        if (each.file_mode) node.mode = *each.file_mode & ~static_cast<std::uint32_t>(S_IFMT);
        if (!has_user_namespace) {
            node.uid = each.uid.value_or(0);
            node.gid = each.gid.value_or(0);
        }
        node.path = join_path("/", each.path);
        if (!each.path.empty() && node.path != "/dev/ptmx") nodes.push_back(std::move(node));
    }
    return nodes;
}

void normalise_device_rules(std::vector<oci::DeviceCgroup>& rules) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
        auto& rule = rules[i];
        if (rule.type.empty()) rule.type = "a";
        if (rule.access.empty()) throw invalid("device access at {} field cannot be empty", i);
        if (rule.type != "a" && rule.type != "b" && rule.type != "c")
            throw invalid("invalid cgroup device type {}", quoted(rule.type));
        check_rule_number(rule.major, "major", i);
        check_rule_number(rule.minor, "minor", i);
        rule.major = without_wildcard(rule.major);
        rule.minor = without_wildcard(rule.minor);
    }
}

std::vector<oci::DeviceCgroup> default_device_rules(const std::vector<oci::Device>& devices) {
    std::vector<oci::DeviceCgroup> rules;
    for (const auto& row : kDefaultDevices) {
        if (!row.path.empty() && is_replaced(row, devices)) continue;
        rules.push_back({.allow = true,
                         .type = std::string(1, row.type),
                         .major = without_wildcard(row.major),
                         .minor = without_wildcard(row.minor),
                         .access = std::string(row.access)});
    }
    return rules;
}

}  // namespace runcxx::config
