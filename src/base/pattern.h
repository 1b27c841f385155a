// SPDX-License-Identifier: Apache-2.0
// POSIX extended regular expressions (regex(7)).
// Runs in: runtime. Pure.
#pragma once

#include <regex.h>

#include <string>

namespace runcxx {

class Pattern {
public:
    // Errors: InvalidConfig `invalid regular expression "X": ...`.
    explicit Pattern(const std::string& text);
    ~Pattern();
    Pattern(const Pattern&) = delete;
    Pattern& operator=(const Pattern&) = delete;

    // Anywhere in `text`, unless it is anchored.
    bool matches(const std::string& text) const;

private:
    regex_t compiled_{};
};

}  // namespace runcxx
