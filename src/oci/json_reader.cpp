// SPDX-License-Identifier: Apache-2.0
#include "oci/json_reader.h"

#include <array>
#include <limits>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"

namespace runcxx::oci::detail {
namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxQuoted = 200;  // of the document, in one error message

using Kind = ValueType::Kind;

[[noreturn]] void fail(std::string message) {
    throw Error(Error::Kind::InvalidConfig, std::move(message));
}

std::string shortened(std::string_view text) {
    if (text.size() <= kMaxQuoted) return std::string(text);
    return std::string(text.substr(0, kMaxQuoted)) + "...";
}

std::string_view expectation(Kind kind) {
    switch (kind) {
        case Kind::Bool:
            return "true or false";
        case Kind::Integer:
            return "an integer";
        case Kind::Number:
            return "a number";
        case Kind::Text:
            return "a string";
        case Kind::Array:
            return "an array";
        default:
            return "an object";
    }
}

// Receives nlohmann's parse events and puts every value where the description of the enclosing type says.
class Binder {
public:
    // Names that nlohmann's SAX interface prescribes.
    using number_integer_t = std::int64_t;
    using number_unsigned_t = std::uint64_t;
    using number_float_t = double;
    using string_t = std::string;
    using binary_t = nlohmann::json::binary_t;

    Binder(Slot root, std::string_view until) : root_(root), until_(until) {}

    // What sax_parse() returns false for, since every refusal throws.
    bool has_stopped() const { return has_stopped_; }

    bool null() {
        const Slot slot = next();
        if (depth_ == 0) mismatch(slot, "null");
        if (slot.type && slot.type->clear) slot.type->clear(slot.object);
        return true;
    }

    bool boolean(bool value) {
        const Slot slot = value_slot();
        if (!slot.type) return true;
        if (slot.type->kind != Kind::Bool) mismatch(slot, value ? "true" : "false");
        *static_cast<bool*>(slot.object) = value;
        return true;
    }

    bool number_integer(std::int64_t value) {  // negative numbers only
        const Slot slot = value_slot();
        if (!slot.type) return true;
        if (slot.type->kind == Kind::Number) return store_number(slot, static_cast<double>(value));
        if (slot.type->kind != Kind::Integer) mismatch(slot, "a number");
        if (value < lowest(*slot.type)) out_of_range(slot, fmt::format("{}", value));
        return store(slot, static_cast<std::uint64_t>(value));
    }

    bool number_unsigned(std::uint64_t value) {
        const Slot slot = value_slot();
        if (!slot.type) return true;
        if (slot.type->kind == Kind::Number) return store_number(slot, static_cast<double>(value));
        if (slot.type->kind != Kind::Integer) mismatch(slot, "a number");
        if (value > highest(*slot.type)) out_of_range(slot, fmt::format("{}", value));
        return store(slot, value);
    }

    // Fractions, exponents, and integers beyond 64 bits.
    bool number_float(double value, const std::string& text) {
        const Slot slot = value_slot();
        if (!slot.type) return true;
        if (slot.type->kind == Kind::Number) return store_number(slot, value);
        if (slot.type->kind != Kind::Integer) mismatch(slot, "a number");
        if (text.find_first_of(".eE") == std::string::npos) out_of_range(slot, text);
        mismatch(slot, shortened(text));
    }

    bool string(std::string& value) {
        const Slot slot = value_slot();
        if (!slot.type) return true;
        if (slot.type->kind != Kind::Text) mismatch(slot, "a string");
        // Everything behind this is a C string to the kernel: what follows a NUL would be dropped unseen.
        if (value.find('\0') != std::string::npos) fail(at_path("field contains null byte"));
        slot.type->set_text(slot.object, value);
        return true;
    }

    bool binary(binary_t& /*value*/) { return false; }

    bool start_object(std::size_t /*count*/) {
        const Slot slot = value_slot();
        if (slot.type && slot.type->kind != Kind::Struct && slot.type->kind != Kind::Map)
            mismatch(slot, "an object");
        push(slot);
        return true;
    }

    bool key(std::string& name) {
        Frame& top = frames_[depth_ - 1];
        if (!top.type) return true;
        has_stopped_ = depth_ == 1 && !until_.empty() && name == until_;
        if (has_stopped_) return false;
        if (name.find('\0') != std::string::npos) fail(at_path("property name contains null byte"));
        top.pending = top.type->find(top.object, name);
        return true;
    }

    bool end_object() {
        --depth_;
        return true;
    }

    bool start_array(std::size_t /*count*/) {
        const Slot slot = value_slot();
        if (slot.type) {
            if (slot.type->kind != Kind::Array) mismatch(slot, "an array");
            slot.type->clear(slot.object);
        }
        push(slot);
        return true;
    }

    bool end_array() {
        --depth_;
        return true;
    }

    bool parse_error(std::size_t /*position*/, const std::string& token,
                     const nlohmann::json::exception& error) {
        constexpr int kNumberOverflow = 406;
        if (error.id == kNumberOverflow) fail(at_path(fmt::format("{} is out of range", shortened(token))));
        // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while ..."
        std::string_view text = error.what();
        if (const auto at = text.find("line "); at != std::string_view::npos) text.remove_prefix(at);
        fail(shortened(text));
    }

private:
    struct Frame {
        void* object = nullptr;
        const ValueType* type = nullptr;  // null: ignored with all it contains
        Slot pending;                     // of an object: where the next value goes
        std::size_t count = 0;            // of an array: elements so far
    };

    // The place of the value that begins now.
    Slot next() {
        if (depth_ == 0) return root_;
        Frame& top = frames_[depth_ - 1];
        if (!top.type) return {};
        if (top.type->kind != Kind::Array) return top.pending;
        ++top.count;
        return {top.type->open(top.object), top.type->inner, {}};
    }

    // The same, for a value other than null: an optional is made to hold one.
    Slot value_slot() {
        Slot slot = next();
        while (slot.type && slot.type->kind == Kind::Optional)
            slot = {slot.type->open(slot.object), slot.type->inner, slot.name};
        return slot;
    }

    void push(const Slot& slot) {
        if (depth_ == kMaxDepth) fail(at_path(fmt::format("nested more than {} levels deep", kMaxDepth)));
        frames_[depth_++] = {slot.object, slot.type, {}, 0};
    }

    static std::uint64_t highest(const ValueType& type) {
        return std::numeric_limits<std::uint64_t>::max() >> (64 - 8 * type.size + (type.is_signed ? 1 : 0));
    }

    static std::int64_t lowest(const ValueType& type) {
        return type.is_signed ? -static_cast<std::int64_t>(highest(type)) - 1 : 0;
    }

    // The value is known to fit; two's complement makes signed and unsigned the same bytes.
    static bool store(const Slot& slot, std::uint64_t value) {
        switch (slot.type->size) {
            case 1:
                store_as<std::uint8_t>(slot, value);
                break;
            case 2:
                store_as<std::uint16_t>(slot, value);
                break;
            case 4:
                store_as<std::uint32_t>(slot, value);
                break;
            default:
                store_as<std::uint64_t>(slot, value);
                break;
        }
        return true;
    }

    template <class T>
    static void store_as(const Slot& slot, std::uint64_t value) {
        const auto narrowed = static_cast<T>(value);
        std::memcpy(slot.object, &narrowed, sizeof(narrowed));
    }

    static bool store_number(const Slot& slot, double value) {
        slot.type->set_number(slot.object, value);
        return true;
    }

    [[noreturn]] void mismatch(const Slot& slot, std::string_view found) const {
        fail(at_path(fmt::format("expected {}, found {}", expectation(slot.type->kind), found)));
    }

    [[noreturn]] void out_of_range(const Slot& slot, std::string_view number) const {
        fail(at_path(fmt::format("{} is out of range ({} to {})", shortened(number), lowest(*slot.type),
                                 highest(*slot.type))));
    }

    // "<path of the current value>: <message>"; the message alone at the top.
    std::string at_path(std::string_view message) const {
        std::string path;
        for (std::size_t i = 0; i < depth_; ++i) {
            const Frame& frame = frames_[i];
            if (!frame.type) break;
            if (frame.type->kind == Kind::Array) {
                path += fmt::format("[{}]", frame.count == 0 ? 0 : frame.count - 1);
            } else if (frame.pending.name.empty()) {
                break;
            } else if (frame.type->kind == Kind::Map) {
                path += fmt::format("[{}]", runcxx::quoted(shortened(frame.pending.name)));
            } else {
                if (!path.empty()) path += '.';
                path += frame.pending.name;
            }
        }
        return path.empty() ? std::string(message) : fmt::format("{}: {}", path, message);
    }

    Slot root_;
    std::string_view until_;
    bool has_stopped_ = false;
    std::array<Frame, kMaxDepth> frames_;
    std::size_t depth_ = 0;
};

}  // namespace

void read_json(std::string_view text, Slot root, std::string_view until) {
    if (text.size() > kMaxBytes) fail(fmt::format("larger than {} MiB", kMaxBytes >> 20));
    // nlohmann passes over it; neither RFC 8259 (8.1) nor Go has it.
    if (text.starts_with("\xef\xbb\xbf")) fail("line 1, column 1: a byte order mark is no part of JSON");
    Binder binder(root, until);
    if (!nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &binder) && !binder.has_stopped())
        fail("not a JSON document");  // every refusal above throws: not reached
}

}  // namespace runcxx::oci::detail
