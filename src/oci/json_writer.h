// SPDX-License-Identifier: Apache-2.0
// Structs with a field list (oci/fields.h) -> JSON text, byte for byte as Go's encoding/json lays it out:
// omitempty semantics, sorted map keys, <, > and & escaped, bytes that are not UTF-8 replaced. Runs in:
// either. Must not include nlohmann: half the program includes this.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "oci/fields.h"

namespace runcxx::oci {

enum class Layout : unsigned char { Compact, Tabs, TwoSpaces, FourSpaces };

// Streams one JSON value into a string. Calls must nest properly: key() before every value inside an object.
// None of the layouts ends with a newline.
class JsonWriter {
public:
    explicit JsonWriter(Layout layout);

    void begin_object();
    void end_object();
    void begin_array();
    void end_array();
    void key(std::string_view name);

    void value(std::string_view text);
    void value(bool flag);
    void value(std::int64_t number);
    void value(std::uint64_t number);
    void value(double number);  // not finite: null
    void null();

    std::string take() { return std::move(out_); }

private:
    void separate();
    void open(char bracket);
    void close(char bracket);
    void new_line();

    std::string out_;
    std::string_view unit_;
    unsigned depth_ = 0;
    bool compact_;
    bool first_ = true;       // nothing yet in the innermost array or object
    bool after_key_ = false;  // the next value follows its key
};

namespace detail {

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsMap = false;
template <class T>
inline constexpr bool kIsMap<std::map<std::string, T>> = true;

// Text in a typed wrapper, such as HostPath.
template <class T>
concept WrappedText = std::constructible_from<T, std::string> && requires(const T& value) {
    { value.str() } -> std::convertible_to<const std::string&>;
};

template <class T>
inline constexpr bool kUnsupported = false;

template <class T>
bool is_empty(const T& value);

struct EmptyCheck {
    bool empty = true;

    template <class T>
    void operator()(const char* /*name*/, const T& member) {
        empty = empty && is_empty(member);
    }
    template <std::size_t N, class T>
    void operator()(AlwaysName<N> /*name*/, const T& /*member*/) {
        empty = false;
    }
};

template <class T>
bool is_empty(const T& value) {
    if constexpr (kIsOptional<T>)
        return !value.has_value();
    else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>)
        return value == T{};
    else if constexpr (WrappedText<T>)
        return value.str().empty();
    else if constexpr (HasFields<const T>) {
        EmptyCheck check;
        visit_fields(value, check);
        return check.empty;
    } else
        return value.empty();
}

template <class T>
void write(JsonWriter& writer, const T& value);

struct FieldWriter {
    JsonWriter& writer;

    template <class T>
    void operator()(std::string_view name, const T& member) {
        if (is_empty(member)) return;
        writer.key(name);
        write(writer, member);
    }
    template <std::size_t N, class T>
    void operator()(AlwaysName<N> name, const T& member) {
        writer.key(name);
        write(writer, member);
    }
};

template <class T>
void write(JsonWriter& writer, const T& value) {
    if constexpr (kIsOptional<T>) {
        if (value)
            write(writer, *value);
        else
            writer.null();
    } else if constexpr (std::same_as<T, bool>) {
        writer.value(value);
    } else if constexpr (std::is_floating_point_v<T>) {
        writer.value(static_cast<double>(value));
    } else if constexpr (std::is_enum_v<T>) {
        write(writer, static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::signed_integral<T>) {
        writer.value(static_cast<std::int64_t>(value));
    } else if constexpr (std::unsigned_integral<T>) {
        writer.value(static_cast<std::uint64_t>(value));
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        writer.value(std::string_view(value));
    } else if constexpr (WrappedText<T>) {
        writer.value(std::string_view(value.str()));
    } else if constexpr (kIsVector<T>) {
        writer.begin_array();
        for (const auto& element : value)
            write(writer, element);
        writer.end_array();
    } else if constexpr (kIsMap<T>) {
        writer.begin_object();
        for (const auto& [name, element] : value) {
            writer.key(name);
            write(writer, element);
        }
        writer.end_object();
    } else if constexpr (HasFields<const T>) {
        writer.begin_object();
        visit_fields(value, FieldWriter{writer});
        writer.end_object();
    } else {
        static_assert(kUnsupported<T>, "a type without JSON form: give it a visit_fields");
    }
}

}  // namespace detail

// `value` as JSON. T: a struct with visit_fields, or a vector or string map of such. Enumerations become
// numbers.
template <class T>
std::string to_json(const T& value, Layout layout = Layout::Compact) {
    JsonWriter writer(layout);
    detail::write(writer, value);
    return writer.take();
}

}  // namespace runcxx::oci
