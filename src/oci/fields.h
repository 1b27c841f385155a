// SPDX-License-Identifier: Apache-2.0
// How a struct lists its fields once for every use (reading and writing JSON, the binary form of sync):
//     template <FieldsOf<Hook> Self, class V> void visit_fields(Self& self, V&& v) {
//         v(always("path"), self.path);   // written even when empty
//         v("args", self.args);           // left out of JSON when empty
//     }
// in the struct's own namespace, with names that are string literals. Runs in: either. Must not know any
// format.
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>

namespace runcxx::oci {

// Self is T or const T: one visitor serves readers and writers.
template <class Self, class T>
concept FieldsOf = std::same_as<std::remove_const_t<Self>, T>;

// The name of a field that JSON output never leaves out. Converts to what a visitor's name parameter may be.
template <std::size_t N>
struct AlwaysName {
    const char (&text)[N];

    constexpr operator const char*() const { return text; }  // NOLINT(google-explicit-constructor)
    constexpr operator std::string_view() const {            // NOLINT(google-explicit-constructor)
        return {text, N - 1};
    }
};

template <std::size_t N>
constexpr AlwaysName<N> always(const char (&text)[N]) {
    return {text};
}

namespace detail {
struct AnyVisitor {
    void operator()(const char* /*name*/, auto& /*member*/) const {}
};
}  // namespace detail

// T has a visit_fields.
template <class T>
concept HasFields = requires(T& value, detail::AnyVisitor visitor) {
    visit_fields(value, visitor);
};

}  // namespace runcxx::oci
