// SPDX-License-Identifier: Apache-2.0
#include "dbus/text_literal.h"

#include <charconv>
#include <cstdint>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "dbus/value.h"

namespace runcxx::dbus {
namespace {

constexpr std::size_t kMaxDepth = 16;

constexpr Named<std::string_view> kTypeWords[] = {
    {"boolean", "b"}, {"byte", "y"},  {"int16", "n"},  {"uint16", "q"}, {"int32", "i"},
    {"uint32", "u"},  {"int64", "x"}, {"uint64", "t"}, {"double", "d"}, {"string", "s"},
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void append_utf8(std::string& out, std::uint32_t point) {
    if (point < 0x80) {
        out.push_back(static_cast<char>(point));
        return;
    }
    const int followers = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    constexpr std::uint32_t kLead[] = {0, 0xc0, 0xe0, 0xf0};
    out.push_back(static_cast<char>(kLead[followers] | (point >> (6 * followers))));
    for (int i = followers - 1; i >= 0; --i)
        out.push_back(static_cast<char>(0x80 | ((point >> (6 * i)) & 0x3f)));
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Literal parse() {
        auto literal = parse_literal(0);
        skip_blanks();
        if (at_ < text_.size()) fail("text behind the value");
        return literal;
    }

private:
    [[noreturn]] void fail(std::string_view what) const {
        throw Error(fmt::format("{}, at character {}", what, at_ + 1));
    }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) {
        if (peek() != c || at_ >= text_.size()) return false;
        ++at_;
        return true;
    }
    void skip_blanks() {
        while (peek() == ' ' || (peek() >= '\t' && peek() <= '\r'))
            ++at_;
    }
    template <class Belongs>
    std::string_view take_while(Belongs belongs) {
        const auto begin = at_;
        while (at_ < text_.size() && belongs(text_[at_]))
            ++at_;
        return text_.substr(begin, at_ - begin);
    }

    Literal parse_literal(std::size_t depth) {
        if (depth > kMaxDepth) fail("values nest too deeply");
        skip_blanks();
        std::string type = take_type();
        skip_blanks();
        Literal literal;
        const char c = peek();
        if (c == '\'' || c == '"')
            literal = {.kind = Literal::Kind::String, .text = take_string(/*is_bytes=*/false)};
        else if (c == 'b' && (text_.substr(at_).starts_with("b'") || text_.substr(at_).starts_with("b\"")))
            ++at_, literal = {.kind = Literal::Kind::Bytes, .text = take_string(/*is_bytes=*/true)};
        else if (is_digit(c) || c == '+' || c == '-' || c == '.')
            literal = {.kind = Literal::Kind::Number, .text = take_number()};
        else if (take('['))
            literal = {.kind = Literal::Kind::Array, .items = take_items(']', depth)};
        else if (take('('))
            literal = {.kind = Literal::Kind::Tuple, .items = take_items(')', depth)};
        else
            literal = {.kind = Literal::Kind::Boolean, .text = take_boolean()};
        literal.type = std::move(type);
        return literal;
    }

    // "uint32", "@au"; nothing: no type is given.
    std::string take_type() {
        if (take('@')) {
            const auto type = take_while([](char c) { return is_letter(c) || c == '(' || c == ')'; });
            if (complete_type(type) != type.size() || type.find_first_of("vgoh") != type.npos)
                fail(fmt::format("{} is not a type", quoted(type)));
            return std::string(type);
        }
        const auto begin = at_;
        const auto word = take_while([](char c) { return is_letter(c) || is_digit(c); });
        if (const auto type = find_value(kTypeWords, word)) return std::string(*type);
        at_ = begin;
        return {};
    }

    std::string take_boolean() {
        const auto begin = at_;
        const auto word = take_while([](char c) { return is_letter(c) || is_digit(c); });
        if (word == "true" || word == "false") return std::string(word);
        at_ = begin;
        if (word.empty()) fail(at_ < text_.size() ? "no value begins like this" : "a value is missing");
        fail(fmt::format("unrecognized type {}", quoted(word)));
    }

    std::string take_number() {
        return std::string(take_while(
            [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }));
    }

    std::vector<Literal> take_items(char end, std::size_t depth) {
        std::vector<Literal> items;
        for (skip_blanks(); !take(end); skip_blanks()) {
            items.push_back(parse_literal(depth + 1));
            skip_blanks();
            if (!take(',') && peek() != end) fail(fmt::format("expected ',' or '{}'", end));
        }
        return items;
    }

    std::string take_string(bool is_bytes) {
        std::string value;
        for (const char quote = text_[at_++]; !take(quote);) {
            if (at_ >= text_.size()) fail("unterminated string");
            const char c = text_[at_++];
            if (c != '\\')
                value.push_back(c);
            else if (!is_bytes || !take_octal(value))
                take_escape(value, is_bytes);
        }
        return value;
    }

    // In byte strings: \ooo, one to three digits.
    bool take_octal(std::string& value) {
        unsigned byte = 0;
        int digits = 0;
        for (; digits < 3 && peek() >= '0' && peek() <= '7'; ++digits)
            byte = byte * 8 + static_cast<unsigned>(text_[at_++] - '0');
        if (digits != 0) value.push_back(static_cast<char>(byte));
        return digits != 0;
    }

    void take_escape(std::string& value, bool is_bytes) {
        if (at_ >= text_.size()) fail("unterminated string");
        constexpr Named<char> kEscapes[] = {{"a", '\a'}, {"b", '\b'}, {"f", '\f'}, {"n", '\n'},
                                            {"r", '\r'}, {"t", '\t'}, {"v", '\v'}};
        const auto letter = text_.substr(at_++, 1);
        if (!is_bytes && (letter == "u" || letter == "U"))
            append_utf8(value, take_code_point(letter == "u" ? 4 : 8));
        else if (const auto special = find_value(kEscapes, letter))
            value.push_back(*special);
        else if (letter != "\n")
            value += letter;
    }

    std::uint32_t take_code_point(std::size_t digits) {
        const auto hex = text_.substr(at_, digits);
        std::uint32_t point = 0;
        const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), point, 16);
        if (hex.size() != digits || error != std::errc{} || end != hex.data() + digits)
            fail("short unicode escape");
        if (point == 0 || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) fail("no such character");
        at_ += digits;
        return point;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

Literal parse_literal(std::string_view text) {
    return Parser(text).parse();
}

}  // namespace runcxx::dbus
