// SPDX-License-Identifier: Apache-2.0
#include "config/systemd_unit.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/numbers.h"
#include "base/text.h"
#include "config/invalid_config.h"
#include "config/resolve.h"
#include "dbus/text_value.h"

namespace runcxx::config {
namespace {

constexpr std::string_view kPropertyPrefix = "org.systemd.property.";
constexpr std::string_view kSlice = ".slice";
constexpr std::size_t kMaxUnitName = 255;  // UNIT_NAME_MAX is 256 with its NUL
constexpr std::uint64_t kMicroseconds = 1'000'000;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// systemd.unit(5). What is not of these could name a cgroup elsewhere than systemd makes it.
bool is_unit_name(std::string_view name) {
    return name.size() <= kMaxUnitName && std::ranges::all_of(name, [](char c) {
               return is_letter(c) || (c >= '0' && c <= '9') ||
                      std::string_view(":-_.\\@").find(c) != std::string_view::npos;
           });
}

void check_property_name(const std::string& annotation, std::string_view name) {
    const auto fail = [&](const char* why) {
        return invalid("annotation {} name incorrect: {}", annotation, why);
    };
    if (name.size() < 3) throw fail("too short");
    if (!std::ranges::all_of(name, is_letter)) throw fail("contains non-alphabetic character");
}

// Properties are documented in seconds, but systemd's bus takes them in microseconds.
bool is_in_seconds(std::string_view name) {
    constexpr std::string_view kSec = "Sec";
    if (name.size() <= kSec.size() || !name.ends_with(kSec)) return false;
    const char before = name[name.size() - kSec.size() - 1];
    return before >= 'a' && before <= 'z';
}

dbus::Value to_microseconds(const dbus::Value& seconds) {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    if (seconds.type.find_first_of("ynqiuxtd") != 0) throw Error("not a number");
    if (seconds.type == "d") {
        const auto micro = std::bit_cast<double>(seconds.number) * static_cast<double>(kMicroseconds);
        // The largest double below 2^64; a NaN fails as well.
        if (!(micro >= 0 && micro < 18446744073709549568.0)) throw Error("value out of range");
        return dbus::uint64(static_cast<std::uint64_t>(micro));
    }
    const bool is_signed = seconds.type.find_first_of("nix") == 0;
    if (is_signed && static_cast<std::int64_t>(seconds.number) < 0) throw Error("value out of range");
    if (seconds.number > kMost / kMicroseconds) throw Error("value out of range");
    return dbus::uint64(seconds.number * kMicroseconds);
}

}  // namespace

std::string expand_slice(std::string_view slice) {
    const auto fail = [&] { return invalid("invalid slice name: {}", slice); };
    auto name = slice;
    if (name.ends_with(kSlice)) name.remove_suffix(kSlice.size());
    if (name == "-") return "/";
    if (name.size() == slice.size() || !is_unit_name(slice)) throw fail();
    std::string path, prefix;
    for (const auto part : split(name, '-')) {
        if (part.empty()) throw fail();
        path += fmt::format("/{}{}{}", prefix, part, kSlice);
        prefix += fmt::format("{}-", part);
    }
    if (path.empty() || name.ends_with('-')) throw fail();
    return path;
}

SystemdUnit resolve_systemd_unit(const std::string& cgroups_path, const std::string& id) {
    const auto parts = split(cgroups_path, ':');
    SystemdUnit unit;
    std::string_view prefix = "runc", name = id;
    if (!cgroups_path.empty()) {
        if (std::ranges::count(cgroups_path, ':') != 2)
            throw invalid(
                "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got {} "
                "instead",
                quoted(cgroups_path));
        unit.slice = parts[0] == "-" ? "-.slice" : parts[0];
        prefix = parts[1];
        name = parts[2];
    }
    if (!unit.slice.empty()) expand_slice(unit.slice);
    unit.name = name.ends_with(kSlice) ? std::string(name) : fmt::format("{}-{}.scope", prefix, name);
    if (unit.is_slice()) expand_slice(unit.name);
    // An id that is none is an error of its own.
    if (cgroups_path.empty()) check_id(id);
    if (!is_unit_name(unit.name)) throw invalid("invalid unit name: {}", unit.name);
    unit.description = fmt::format("libcontainer container {}", name);
    return unit;
}

std::vector<SystemdProperty> resolve_systemd_properties(const oci::StringMap& annotations) {
    std::vector<SystemdProperty> properties;
    for (const auto& [annotation, text] : annotations) {
        if (!annotation.starts_with(kPropertyPrefix)) continue;
        SystemdProperty property{.name = annotation.substr(kPropertyPrefix.size())};
        check_property_name(annotation, property.name);
        try {
            property.value = dbus::parse_value(text);
            if (is_in_seconds(property.name)) {
                property.name.insert(property.name.size() - 3, "U");
                property.value = to_microseconds(property.value);
            }
        } catch (const Error& error) {
            throw invalid("annotation {}={} value parse error: {}", annotation, text, error.message());
        }
        properties.push_back(std::move(property));
    }
    return properties;
}

std::uint32_t owner_of_cgroup(std::string_view path) {
    constexpr std::string_view kUser = "user-";
    for (auto part : split(path, '/')) {
        if (!part.starts_with(kUser) || !part.ends_with(kSlice)) continue;
        part.remove_prefix(kUser.size());
        part.remove_suffix(kSlice.size());
        return parse_number<std::uint32_t>(part).value_or(0);
    }
    return 0;
}

}  // namespace runcxx::config
