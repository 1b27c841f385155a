// SPDX-License-Identifier: Apache-2.0
// The first half of text_value.h: a text as a tree of literals, before anything has a type. Pure. Runs in: runtime.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runcxx::dbus {

struct Literal {
    enum class Kind { Boolean, Number, String, Bytes, Array, Tuple } kind = Kind::Number;
    std::string type;  // as given by a keyword or an annotation, or empty
    std::string text;  // a number as written; a string without quotes and escapes; "true"
    std::vector<Literal> items;
};

// The whole text must be one literal. Errors: what is wrong, with the place.
Literal parse_literal(std::string_view text);

}  // namespace runcxx::dbus
