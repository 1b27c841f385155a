// SPDX-License-Identifier: Apache-2.0
#include "dbus/value.h"

#include <fmt/core.h>

#include "base/error.h"

namespace runcxx::dbus {
namespace {

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxSignature = 255;
constexpr std::uint64_t kMaxArray = 64U << 20;  // the specification's own limit
// Ours, so that a small message cannot become a large tree.
constexpr std::size_t kMaxValues = 64U << 10;

// The size, which is also the alignment, of a type without structure; 0 for the others.
std::size_t fixed_size(char type) {
    switch (type) {
        case 'y':
            return 1;
        case 'n':
        case 'q':
            return 2;
        case 'b':
        case 'i':
        case 'u':
        case 'h':
            return 4;
        case 'x':
        case 't':
        case 'd':
            return 8;
        default:
            return 0;
    }
}

std::size_t alignment(char type) {
    switch (type) {
        case '(':
        case '{':
            return 8;
        case 's':
        case 'o':
        case 'a':
            return 4;
        case 'g':
        case 'v':
            return 1;
        default:
            return fixed_size(type);
    }
}

void append_number(std::string& out, std::uint64_t number, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
        out.push_back(static_cast<char>(number >> (8 * i)));
}

std::uint64_t sign_extended(std::uint64_t number, char type) {
    if (type == 'n') return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int16_t>(number)});
    if (type == 'i') return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(number)});
    return number;
}

std::size_t complete_type(std::string_view signature, std::size_t depth) {
    if (signature.empty() || depth > kMaxDepth) return 0;
    const char first = signature.front();
    if (fixed_size(first) != 0 || first == 's' || first == 'o' || first == 'g' || first == 'v') return 1;
    if (first == 'a') {
        const auto rest = signature.substr(1);
        if (rest.starts_with('{')) {
            // A dict entry: only here, a simple key and one value.
            const auto key = rest.size() > 1 ? rest[1] : '\0';
            if (fixed_size(key) == 0 && key != 's' && key != 'o' && key != 'g') return 0;
            const auto value = complete_type(rest.substr(2), depth + 2);
            const bool closes = value != 0 && rest.size() > 2 + value && rest[2 + value] == '}';
            return closes ? 1 + 2 + value + 1 : 0;
        }
        const auto item = complete_type(rest, depth + 1);
        return item == 0 ? 0 : 1 + item;
    }
    if (first != '(') return 0;
    std::size_t length = 1;
    while (length < signature.size() && signature[length] != ')') {
        const auto field = complete_type(signature.substr(length), depth + 1);
        if (field == 0) return 0;
        length += field;
    }
    return length > 1 && length < signature.size() ? length + 1 : 0;
}

}  // namespace

Value boolean(bool value) {
    return {.type = "b", .number = value ? 1U : 0U};
}

Value uint32(std::uint32_t value) {
    return {.type = "u", .number = value};
}

Value uint64(std::uint64_t value) {
    return {.type = "t", .number = value};
}

Value string(std::string value) {
    return {.type = "s", .text = std::move(value)};
}

Value strings(std::vector<std::string> values) {
    Value list{.type = "as"};
    for (auto& value : values)
        list.items.push_back(string(std::move(value)));
    return list;
}

Value bytes(const std::vector<std::uint8_t>& values) {
    Value list{.type = "ay"};
    for (const auto value : values)
        list.items.push_back({.type = "y", .number = value});
    return list;
}

Value array(std::string item_type, std::vector<Value> items) {
    return {.type = "a" + std::move(item_type), .items = std::move(items)};
}

Value structure(std::vector<Value> fields) {
    Value value{.type = "("};
    for (const auto& field : fields)
        value.type += field.type;
    value.type += ')';
    value.items = std::move(fields);
    return value;
}

Value variant(Value value) {
    Value result{.type = "v"};
    result.items.push_back(std::move(value));
    return result;
}

std::size_t complete_type(std::string_view signature) {
    return complete_type(signature, 0);
}

bool is_signature(std::string_view signature) {
    if (signature.size() > kMaxSignature) return false;
    while (!signature.empty()) {
        const auto length = complete_type(signature);
        if (length == 0) return false;
        signature.remove_prefix(length);
    }
    return true;
}

void align(std::string& out, std::size_t boundary) {
    while (out.size() % boundary != 0)
        out.push_back('\0');
}

void append(std::string& out, const Value& value) {
    const char type = value.type.front();
    align(out, alignment(type));
    if (const auto size = fixed_size(type); size != 0) return append_number(out, value.number, size);
    switch (type) {
        case 's':
        case 'o':
            append_number(out, value.text.size(), 4);
            out += value.text;
            out.push_back('\0');
            return;
        case 'g':
            append_number(out, value.text.size(), 1);
            out += value.text;
            out.push_back('\0');
            return;
        case 'v': {
            const auto& inner = value.items.front();
            append(out, {.type = "g", .text = inner.type});
            append(out, inner);
            return;
        }
        case 'a': {
            const auto length_at = out.size();
            append_number(out, 0, 4);
            // Part of the array, but not of its length.
            align(out, alignment(value.type[1]));
            const auto begin = out.size();
            for (const auto& item : value.items)
                append(out, item);
            std::string length;
            append_number(length, out.size() - begin, 4);
            out.replace(length_at, 4, length);
            return;
        }
        default:
            for (const auto& item : value.items)
                append(out, item);
    }
}

void Reader::fail(std::string_view what) const {
    throw Error(fmt::format("{}, at byte {}", what, start_ + position_));
}

std::string_view Reader::take(std::size_t size) {
    if (size > data_.size() - position_) fail("message too short for what it holds");
    const auto taken = data_.substr(position_, size);
    position_ += size;
    return taken;
}

void Reader::align(std::size_t boundary) {
    while ((start_ + position_) % boundary != 0)
        if (take(1).front() != '\0') fail("padding is not zero");
}

std::uint64_t Reader::number(std::size_t size) {
    const auto raw = take(size);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const auto position = order_ == ByteOrder::Little ? i : size - 1 - i;
        value |= std::uint64_t{static_cast<unsigned char>(raw[i])} << (8 * position);
    }
    return value;
}

std::string Reader::text(std::size_t size) {
    std::string value(take(size));
    if (take(1).front() != '\0' || value.find('\0') != value.npos) fail("text without its end");
    return value;
}

void Reader::read_array(std::string_view type, Value& value) {
    const auto size = number(4);
    if (size > kMaxArray) fail("array too long");
    align(alignment(type[1]));
    if (size > data_.size() - position_) fail("message too short for what it holds");
    const auto end = position_ + size;
    while (position_ < end)
        value.items.push_back(read(type.substr(1)));
    if (position_ != end) fail("array of another length than it says");
}

Value Reader::read(std::string_view type) {
    if (++values_ > kMaxValues) fail("too many values in a message");
    if (++depth_ > 2 * kMaxDepth) fail("values nest too deeply");
    Value value{.type = std::string(type)};
    const char kind = type.front();
    align(alignment(kind));
    if (const auto size = fixed_size(kind); size != 0) {
        value.number = sign_extended(number(size), kind);
        if (kind == 'b' && value.number > 1) fail("boolean that is neither true nor false");
    } else if (kind == 's' || kind == 'o') {
        value.text = text(number(4));
    } else if (kind == 'g') {
        value.text = text(number(1));
    } else if (kind == 'v') {
        const auto inner = text(number(1));
        if (inner.empty() || complete_type(inner) != inner.size()) fail("variant without a complete type");
        value.items.push_back(read(inner));
    } else if (kind == 'a') {
        read_array(type, value);
    } else {
        for (auto fields = type.substr(1, type.size() - 2); !fields.empty();) {
            const auto length = complete_type(fields);
            value.items.push_back(read(fields.substr(0, length)));
            fields.remove_prefix(length);
        }
    }
    --depth_;
    return value;
}

}  // namespace runcxx::dbus
