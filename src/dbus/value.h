// SPDX-License-Identifier: Apache-2.0
// A value of any D-Bus type, its wire form, and checks of type strings (D-Bus specification, "Type System" and
// "Marshaling"). Pure. Runs in: runtime.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace runcxx::dbus {

struct Value {
    std::string type;          // one complete type: "s", "a(ss)"
    std::uint64_t number = 0;  // y b n q i u x t h: sign-extended; d: the bits of the double
    std::string text;          // s o g
    std::vector<Value> items;  // of an array, a structure, a dict entry; the one value of a variant

    bool operator==(const Value&) const = default;
};

Value boolean(bool value);
Value uint32(std::uint32_t value);
Value uint64(std::uint64_t value);
// Precondition: UTF-8 without NUL.
Value string(std::string value);
Value strings(std::vector<std::string> values);        // as
Value bytes(const std::vector<std::uint8_t>& values);  // ay
Value array(std::string item_type, std::vector<Value> items);
Value structure(std::vector<Value> fields);
Value variant(Value value);

// The length of the complete type that `signature` begins with; 0: it begins with none, or nests too deeply.
std::size_t complete_type(std::string_view signature);
// A sequence of complete types, at most 255 bytes.
bool is_signature(std::string_view signature);

// Little-endian on every host; alignment counts from the begin of `out`.
void append(std::string& out, const Value& value);
void align(std::string& out, std::size_t boundary);

// A sender chooses; most take their processor's.
enum class ByteOrder : std::uint8_t { Little, Big };

// Values out of bytes that anybody may have written: every length and type is checked. Throws Error "..., at
// byte N" on what is not valid.
class Reader {
public:
    // `start`: where `data` begins in the message, for the alignment.
    explicit Reader(std::string_view data, ByteOrder order = ByteOrder::Little, std::size_t start = 0)
        : data_(data), order_(order), start_(start) {}

    // Precondition: complete_type(type) == type.size().
    Value read(std::string_view type);
    void align(std::size_t boundary);
    bool at_end() const { return position_ == data_.size(); }
    std::size_t position() const { return position_; }

private:
    std::string_view take(std::size_t size);
    std::uint64_t number(std::size_t size);
    std::string text(std::size_t size);
    void read_array(std::string_view type, Value& value);
    [[noreturn]] void fail(std::string_view what) const;

    std::string_view data_;
    ByteOrder order_;
    std::size_t start_;
    std::size_t position_ = 0;
    std::size_t values_ = 0;
    std::size_t depth_ = 0;
};

}  // namespace runcxx::dbus
