// SPDX-License-Identifier: Apache-2.0
// Text without domain: quoting, splitting, and tables that map names to values.
// Runs in: either. Must not: know an OCI word or issue a syscall.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace runcxx {

// `text` in double quotes with control characters escaped (Go's %q, which clients of runc see in messages).
std::string quoted(std::string_view text);

// "a,b,,c" by ',' gives {"a","b","","c"}; an empty text gives no pieces.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> pieces, std::string_view separator);
std::string_view trim(std::string_view text);
std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);

// A row of a table "name <-> value"; tables are constexpr arrays, one per fact.
template <class T>
struct Named {
    std::string_view name;
    T value;
};

template <class T, std::size_t N>
constexpr std::optional<T> find_value(const Named<T> (&table)[N], std::string_view name) {
    for (const auto& row : table)
        if (row.name == name) return row.value;
    return std::nullopt;
}

template <class T, std::size_t N>
constexpr std::string_view find_name(const Named<T> (&table)[N], const T& value) {
    for (const auto& row : table)
        if (row.value == value) return row.name;
    return {};
}

}  // namespace runcxx
