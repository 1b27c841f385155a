// SPDX-License-Identifier: Apache-2.0
// JSON text -> structs with a field list (oci/fields.h). The parser (nlohmann) lives in json_reader.cpp
// alone; here a type only describes itself as a constant ValueType, and the parser fills it through that
// description, in one pass and without a document tree. Runs in: either. Must not include nlohmann: half the
// program includes this.
//
// Rules, those of Go's encoding/json unless said otherwise: unknown properties are ignored; a property given
// twice takes the last value (objects merge); null is the same as absent (a null element of an array or map
// is an empty one); a name that no property has exactly may differ from one in case.
#pragma once

#include <strings.h>

#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "oci/fields.h"
#include "oci/json_writer.h"

namespace runcxx::oci {
namespace detail {

struct ValueType;

// A place that the next value goes to. type null: nobody wants it.
struct Slot {
    void* object = nullptr;
    const ValueType* type = nullptr;
    std::string_view name;  // of the property, for error messages; lives as long as the object
};

struct ValueType {
    enum class Kind : unsigned char { Bool, Integer, Number, Text, Array, Struct, Map, Optional };

    Kind kind = Kind::Bool;
    bool is_signed = false;            // Integer
    unsigned char size = 0;            // Integer: bytes
    const ValueType* inner = nullptr;  // Array, Map, Optional
    void (*clear)(void*) = nullptr;    // Array, Map, Optional
    void* (*open)(void*) = nullptr;    // Optional: make it hold a value; Array: append an element
    Slot (*find)(void*, std::string_view) = nullptr;      // Struct: the field; Map: the element, made anew
    void (*set_text)(void*, std::string_view) = nullptr;  // Text
    void (*set_number)(void*, double) = nullptr;          // Number
};

template <class T>
constexpr ValueType describe();

template <class T>
inline constexpr ValueType kValueType = describe<T>();

struct FieldFinder {
    std::string_view key;
    Slot found;

    template <std::size_t N, class T>
    void operator()(const char (&name)[N], T& member) {
        if (key.size() != N - 1) return;
        const bool exact = std::memcmp(key.data(), name, N - 1) == 0;
        if (exact || (found.type == nullptr && strncasecmp(key.data(), name, N - 1) == 0))
            found = {&member, &kValueType<T>, {name, N - 1}};
    }
    template <std::size_t N, class T>
    void operator()(AlwaysName<N> name, T& member) {
        (*this)(name.text, member);
    }
};

template <class T>
constexpr ValueType describe() {
    using Kind = ValueType::Kind;
    ValueType type;
    if constexpr (std::same_as<T, bool>) {
        type.kind = Kind::Bool;
    } else if constexpr (std::is_enum_v<T>) {
        type = describe<std::underlying_type_t<T>>();
    } else if constexpr (std::integral<T>) {
        type.kind = Kind::Integer;
        type.is_signed = std::is_signed_v<T>;
        type.size = sizeof(T);
    } else if constexpr (std::floating_point<T>) {
        type.kind = Kind::Number;
        type.set_number = [](void* object, double number) {
            *static_cast<T*>(object) = static_cast<T>(number);
        };
    } else if constexpr (std::same_as<T, std::string>) {
        type.kind = Kind::Text;
        type.set_text = [](void* object, std::string_view text) {
            static_cast<std::string*>(object)->assign(text);
        };
    } else if constexpr (WrappedText<T>) {
        type.kind = Kind::Text;
        type.set_text = [](void* object, std::string_view text) {
            *static_cast<T*>(object) = T(std::string(text));
        };
    } else if constexpr (kIsOptional<T>) {
        type.kind = Kind::Optional;
        type.inner = &kValueType<typename T::value_type>;
        type.clear = [](void* object) { static_cast<T*>(object)->reset(); };
        type.open = [](void* object) -> void* {
            auto& value = *static_cast<T*>(object);
            return value ? &*value : &value.emplace();
        };
    } else if constexpr (kIsVector<T>) {
        type.kind = Kind::Array;
        type.inner = &kValueType<typename T::value_type>;
        type.clear = [](void* object) { static_cast<T*>(object)->clear(); };
        type.open = [](void* object) -> void* { return &static_cast<T*>(object)->emplace_back(); };
    } else if constexpr (kIsMap<T>) {
        type.kind = Kind::Map;
        type.inner = &kValueType<typename T::mapped_type>;
        type.clear = [](void* object) { static_cast<T*>(object)->clear(); };
        type.find = [](void* object, std::string_view key) -> Slot {
            const auto at =
                static_cast<T*>(object)->insert_or_assign(std::string(key), typename T::mapped_type{}).first;
            return {&at->second, &kValueType<typename T::mapped_type>, at->first};
        };
    } else if constexpr (HasFields<T>) {
        type.kind = Kind::Struct;
        type.find = [](void* object, std::string_view key) -> Slot {
            FieldFinder finder{key, {}};
            visit_fields(*static_cast<T*>(object), finder);
            return finder.found;
        };
    } else {
        static_assert(kUnsupported<T>, "a type without JSON form: give it a visit_fields");
    }
    return type;
}

// Parses `text` into the object; what from_json and from_json_until do once the type is erased.
void read_json(std::string_view text, Slot root, std::string_view until = {});

}  // namespace detail

// The value that `text`, one JSON document, describes. Throws Error(InvalidConfig) that names the JSON path
// and what was expected ("process.args[2]: expected a string, found a number"), or line and column of a
// syntax error (which includes text that is not UTF-8). Also refused: a NUL byte in a string, nesting deeper
// than 64, more than 64 MiB.
template <class T>
T from_json(std::string_view text) {
    T value{};
    detail::read_json(text, {&value, &detail::kValueType<T>, {}});
    return value;
}

// The same of what comes before the property `name` of the outermost object; what follows is not looked at, nor whether
// it is JSON. Without such a property, of all.
template <class T>
T from_json_until(std::string_view name, std::string_view text) {
    T value{};
    detail::read_json(text, {&value, &detail::kValueType<T>, {}}, name);
    return value;
}

}  // namespace runcxx::oci
