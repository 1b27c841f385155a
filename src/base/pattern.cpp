// SPDX-License-Identifier: Apache-2.0
#include "base/pattern.h"

#include <array>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"

namespace runcxx {

Pattern::Pattern(const std::string& text) {
    const int failure = ::regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB);
    if (failure == 0) return;
    std::array<char, 128> why{};
    ::regerror(failure, &compiled_, why.data(), why.size());
    throw Error(Error::Kind::InvalidConfig,
                fmt::format("invalid regular expression {}: {}", quoted(text), why.data()));
}

Pattern::~Pattern() {
    ::regfree(&compiled_);
}

bool Pattern::matches(const std::string& text) const {
    return ::regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0;
}

}  // namespace runcxx
