// SPDX-License-Identifier: Apache-2.0
// Matchers for parts of a text, by the same names with Catch2 2 and 3.
#pragma once

#include <string>

#include "support/catch.h"

namespace runcxx::tests {

using Catch::Matchers::StartsWith;
#if __has_include(<catch2/catch_all.hpp>)
inline auto Contains(const std::string& text) {
    return Catch::Matchers::ContainsSubstring(text);
}
#else
using Catch::Matchers::Contains;
#endif

}  // namespace runcxx::tests
