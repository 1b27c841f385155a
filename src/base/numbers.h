// SPDX-License-Identifier: Apache-2.0
// Strict numbers from text: the whole text must be the number, no blanks, no sign surprises.
// (A lenient parser of `exec --user` ran processes as root in another runtime: CVE-2026-30892.)
// Runs in: either.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace runcxx {

template <std::integral T>
std::optional<T> parse_number(std::string_view text, int base = 10) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// The words Go's strconv.ParseBool takes: 1 t T TRUE true True 0 f F FALSE false False.
std::optional<bool> parse_bool(std::string_view text);

}  // namespace runcxx
