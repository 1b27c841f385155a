// SPDX-License-Identifier: Apache-2.0
// In two passes, because the type of a list can be known from its last item only: first the text as a tree of
// literals, then every literal as a value of the type that it must have.
#include "dbus/text_value.h"

#include <bit>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"
#include "dbus/text_literal.h"

namespace runcxx::dbus {
namespace {

bool is_real(std::string_view number) {
    return !number.starts_with("0x") && number.find_first_of(".eE") != number.npos;
}

// What a literal is when nothing around it says so; empty: an empty list, which could be any.
std::string natural_type(const Literal& literal) {
    if (!literal.type.empty()) return literal.type;
    switch (literal.kind) {
        case Literal::Kind::Boolean:
            return "b";
        case Literal::Kind::Number:
            return is_real(literal.text) ? "d" : "i";
        case Literal::Kind::String:
            return "s";
        case Literal::Kind::Bytes:
            return "ay";
        case Literal::Kind::Tuple: {
            std::string type = "(";
            for (const auto& item : literal.items) {
                const auto field = natural_type(item);
                if (field.empty()) return {};
                type += field;
            }
            return type + ")";
        }
        case Literal::Kind::Array:
            break;
    }
    // A type that was written counts more than one that is guessed, a real number more than a whole one.
    std::string best;
    for (const auto& item : literal.items) {
        const auto type = natural_type(item);
        if (best.empty() || !item.type.empty() || (best == "i" && type == "d")) best = type;
        if (!item.type.empty()) break;
    }
    return best.empty() ? best : "a" + best;
}

Error no_such(const Literal& literal, std::string_view type) {
    constexpr std::string_view kKinds[] = {"boolean", "number", "string", "byte string", "array", "tuple"};
    return Error(fmt::format("can't parse {} {} as type {}", kKinds[static_cast<std::size_t>(literal.kind)],
                             quoted(literal.text), quoted(type)));
}

template <class T>
std::uint64_t whole_number(const Literal& literal, std::string_view type) {
    std::string_view digits = literal.text;
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    int base = 10;
    if (digits.starts_with("0x")) {
        base = 16;
        digits.remove_prefix(2);
    } else if (digits.size() > 1 && digits.front() == '0') {
        base = 8;
    }
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, base);
    if (error == std::errc::result_out_of_range)
        throw Error(fmt::format("parsing {}: value out of range", quoted(literal.text)));
    if (error != std::errc{} || end != digits.data() + digits.size()) throw no_such(literal, type);
    const auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    // Two's complement reaches one further down, and unsigned types do not go below zero.
    const auto limit = negative ? (std::numeric_limits<T>::is_signed ? most + 1 : 0) : most;
    if (size > limit) throw Error(fmt::format("parsing {}: value out of range", quoted(literal.text)));
    return negative ? 0 - size : size;
}

// 15 digits, and a power of ten up to the 22nd, are exact in a double, and so one operation on them is as exact as can
// be; more than that no property needs.
double real_number(const Literal& literal, std::string_view type) {
    constexpr std::size_t kDigits = 15;
    constexpr int kPowers = 22;
    std::string_view text = literal.text;
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const auto exponent_at = text.find_first_of("eE");
    std::string digits(text.substr(0, exponent_at));
    int power = 0;
    if (exponent_at != text.npos) {
        auto exponent = text.substr(exponent_at + 1);
        if (exponent.starts_with('+')) exponent.remove_prefix(1);
        const auto number = parse_number<int>(exponent);
        if (!number) throw no_such(literal, type);
        power = *number;
    }
    if (const auto point = digits.find('.'); point != digits.npos) {
        power -= static_cast<int>(digits.size() - point - 1);
        digits.erase(point, 1);
    }
    const auto mantissa = parse_number<std::uint64_t>(digits);
    if (!mantissa) throw no_such(literal, type);
    if (digits.size() > kDigits || power > kPowers || power < -kPowers)
        throw Error(fmt::format("parsing {}: more digits than a property needs", quoted(literal.text)));
    double ten = 1;
    for (int i = 0; i < std::abs(power); ++i)
        ten *= 10;
    const auto real = power < 0 ? static_cast<double>(*mantissa) / ten : static_cast<double>(*mantissa) * ten;
    return negative ? -real : real;
}

std::uint64_t number_as(const Literal& literal, std::string_view type) {
    if (literal.kind != Literal::Kind::Number) throw no_such(literal, type);
    switch (type.front()) {
        case 'y':
            return whole_number<std::uint8_t>(literal, type);
        case 'n':
            return whole_number<std::int16_t>(literal, type);
        case 'q':
            return whole_number<std::uint16_t>(literal, type);
        case 'i':
            return whole_number<std::int32_t>(literal, type);
        case 'u':
            return whole_number<std::uint32_t>(literal, type);
        case 'x':
            return whole_number<std::int64_t>(literal, type);
        case 't':
            return whole_number<std::uint64_t>(literal, type);
        default:
            break;
    }
    return std::bit_cast<std::uint64_t>(real_number(literal, type));
}

Value value_as(const Literal& literal, std::string_view type) {
    if (!literal.type.empty() && literal.type != type) throw no_such(literal, type);
    Value value{.type = std::string(type)};
    switch (type.front()) {
        case 'b':
            if (literal.kind != Literal::Kind::Boolean) throw no_such(literal, type);
            value.number = literal.text == "true" ? 1 : 0;
            return value;
        case 's':
            if (literal.kind != Literal::Kind::String) throw no_such(literal, type);
            value.text = literal.text;
            return value;
        case 'a':
            if (type == "ay" && literal.kind == Literal::Kind::Bytes) {
                // As C programs see it: with the NUL at its end.
                for (const char c : literal.text + '\0')
                    value.items.push_back({.type = "y", .number = static_cast<unsigned char>(c)});
                return value;
            }
            if (literal.kind != Literal::Kind::Array) throw no_such(literal, type);
            for (const auto& item : literal.items)
                value.items.push_back(value_as(item, type.substr(1)));
            return value;
        case '(': {
            if (literal.kind != Literal::Kind::Tuple) throw no_such(literal, type);
            auto fields = type.substr(1, type.size() - 2);
            for (const auto& item : literal.items) {
                const auto length = complete_type(fields);
                if (length == 0) throw no_such(literal, type);
                value.items.push_back(value_as(item, fields.substr(0, length)));
                fields.remove_prefix(length);
            }
            if (!fields.empty()) throw no_such(literal, type);
            return value;
        }
        default:
            value.number = number_as(literal, type);
            return value;
    }
}

}  // namespace

Value parse_value(std::string_view text) {
    const auto literal = parse_literal(text);
    const auto type = natural_type(literal);
    if (type.empty() || complete_type(type) != type.size())
        throw Error("can't infer the type of an empty list; write for example \"@as []\"");
    return value_as(literal, type);
}

}  // namespace runcxx::dbus
