// SPDX-License-Identifier: Apache-2.0
#include "cli/option_values.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"

namespace runcxx::cli {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();

Error invalid_integer(std::string_view text, std::string_view why) {
    return {Error::Kind::InvalidConfig, fmt::format("strconv.ParseInt: parsing {}: {}", quoted(text), why)};
}

bool take_sign(std::string_view& text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    return negative;
}

int take_base(std::string_view& digits) {
    if (digits.size() < 2 || digits[0] != '0') return 10;
    switch (digits[1]) {
        case 'x':
        case 'X':
            digits.remove_prefix(2);
            return 16;
        case 'o':
        case 'O':
            digits.remove_prefix(2);
            return 8;
        case 'b':
        case 'B':
            digits.remove_prefix(2);
            return 2;
        default:
            digits.remove_prefix(1);
            return 8;
    }
}

constexpr Named<std::uint64_t> kUnits[] = {
    {"ns", 1},         {"us", 1'000},        {"\u00b5s", 1'000},    {"\u03bcs", 1'000},
    {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000},
};

// Digits from the front of `text`, as a number; nullopt when it does not fit.
std::optional<std::uint64_t> take_digits(std::string_view& text, std::size_t& count) {
    count = text.find_first_not_of("0123456789");
    if (count == std::string_view::npos) count = text.size();
    const auto digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits.empty() ? 0 : parse_number<std::uint64_t>(digits);
}

// One "<number><unit>" from the front; nullopt when it is none or too much.
std::optional<std::uint64_t> take_duration_part(std::string_view& text) {
    std::size_t whole_digits = 0;
    const auto whole = take_digits(text, whole_digits);
    if (!whole) return std::nullopt;
    std::string_view fraction;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        fraction = text;
        std::size_t digits = 0;
        take_digits(text, digits);
        fraction = fraction.substr(0, digits);
    }
    if (whole_digits == 0 && fraction.empty()) return std::nullopt;
    const auto unit_size = std::min(text.find_first_of(".0123456789"), text.size());
    const auto unit = find_value(kUnits, text.substr(0, unit_size));
    if (!unit) return std::nullopt;
    text.remove_prefix(unit_size);

    std::uint64_t total = 0;
    if (__builtin_mul_overflow(*whole, *unit, &total)) return std::nullopt;
    auto place = *unit;
    for (const char digit : fraction)
        total += (place /= 10) * static_cast<std::uint64_t>(digit - '0');
    return total;
}

}  // namespace

std::int64_t parse_integer(std::string_view text) {
    auto digits = text;
    const bool negative = take_sign(digits);
    const int base = take_base(digits);
    if (digits.empty() || digits.starts_with('-') || digits.starts_with('+'))
        throw invalid_integer(text, "invalid syntax");
    std::uint64_t value = 0;
    const auto* end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, value, base);
    if (result.ptr != end) throw invalid_integer(text, "invalid syntax");
    if (result.ec != std::errc{} || value > kMax + (negative ? 1 : 0))
        throw invalid_integer(text, "value out of range");
    return static_cast<std::int64_t>(negative ? 0 - value : value);
}

std::int64_t parse_duration(std::string_view text) {
    const auto invalid = [&] {
        return Error(Error::Kind::InvalidConfig, fmt::format("time: invalid duration {}", quoted(text)));
    };
    auto rest = text;
    const bool negative = take_sign(rest);
    if (rest.empty()) throw invalid();
    if (rest == "0") return 0;
    std::uint64_t total = 0;
    while (!rest.empty()) {
        const auto part = take_duration_part(rest);
        if (!part || __builtin_add_overflow(total, *part, &total) || total > kMax) throw invalid();
    }
    return negative ? -static_cast<std::int64_t>(total) : static_cast<std::int64_t>(total);
}

}  // namespace runcxx::cli
