// SPDX-License-Identifier: Apache-2.0
#include "config/numbers.h"

#include <charconv>
#include <limits>
#include <optional>

#include "base/numbers.h"
#include "base/text.h"
#include "config/invalid_config.h"

namespace runcxx::config {
namespace {

Error go_error(const char* function, std::string_view text, const char* why) {
    return invalid("strconv.{}: parsing {}: {}", function, quoted(text), why);
}

template <class T>
T parse_decimal(const char* function, std::string_view text, std::string_view digits) {
    T value{};
    const auto* end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, value);
    if (result.ptr != end || result.ec == std::errc::invalid_argument)
        throw go_error(function, text, "invalid syntax");
    if (result.ec != std::errc{}) throw go_error(function, text, "value out of range");
    return value;
}

// Bytes in "K", "M", ...: a letter, then nothing, "b" or "ib"; "b" alone is one.
std::uint64_t unit_of(std::string_view suffix) {
    constexpr std::string_view kLetters = "kmgtp";
    const auto lower = to_lower(suffix);
    if (lower.empty() || lower == "b") return 1;
    const auto power = kLetters.find(lower.front());
    const auto rest = std::string_view(lower).substr(1);
    if (power == kLetters.npos || !(rest.empty() || rest == "b" || rest == "ib"))
        throw invalid("invalid suffix: '{}'", suffix.size() > 3 ? std::string(suffix) : lower);
    return std::uint64_t{1} << (10 * (power + 1));
}

// "12.5" as 12 and 0.5.
struct Decimal {
    std::uint64_t whole = 0;
    double fraction = 0;
};

Decimal parse_float(std::string_view text) {
    const auto is_number = [](std::string_view part) {
        return part.find_first_not_of("0123456789") == part.npos;
    };
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    const auto fraction = point == text.npos ? std::string_view() : text.substr(point + 1);
    if ((whole.empty() && fraction.empty()) || !is_number(whole) || !is_number(fraction))
        throw go_error("ParseFloat", text, "invalid syntax");
    Decimal value;
    const auto number = parse_number<std::uint64_t>(whole.empty() ? "0" : whole);
    if (!number) throw go_error("ParseFloat", text, "value out of range");
    value.whole = *number;
    double place = 1;
    for (const char digit : fraction)
        value.fraction += (digit - '0') * (place /= 10);
    return value;
}

}  // namespace

std::int64_t parse_int64(std::string_view text) {
    auto digits = text;
    if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
    return parse_decimal<std::int64_t>("ParseInt", text, digits);
}

std::uint64_t parse_uint64(std::string_view text) {
    return parse_decimal<std::uint64_t>("ParseUint", text, text);
}

std::int64_t parse_size(std::string_view text) {
    if (text == "-1") return -1;
    const auto last = text.find_last_of("0123456789. ");
    if (last == text.npos || text.starts_with('-')) throw invalid("invalid size: '{}'", text);
    // One blank may stand before the unit.
    const auto number = text.substr(0, text[last] == ' ' ? last : last + 1);
    const auto value = parse_float(number);
    const auto unit = unit_of(text.substr(last + 1));
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(value.whole, unit, &bytes) ||
        __builtin_add_overflow(bytes, static_cast<std::uint64_t>(value.fraction * static_cast<double>(unit)),
                               &bytes) ||
        bytes > std::numeric_limits<std::int64_t>::max())
        throw go_error("ParseFloat", number, "value out of range");
    return static_cast<std::int64_t>(bytes);
}

}  // namespace runcxx::config
