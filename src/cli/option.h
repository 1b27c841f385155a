// SPDX-License-Identifier: Apache-2.0
// One row of a table of options: what the parser, help, completion and man pages know about it.
// Runs in: runtime. Pure data.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace runcxx::cli {

enum class OptionKind : std::uint8_t {
    Flag,      // --name or --name=BOOL; never takes the next word
    Text,      // the last one wins
    Number,    // a signed integer, also 0x.., 0o.., 0b..
    Duration,  // "1m30s"
    List,      // every occurrence adds one value; a comma separates nothing
    Numbers,   // a list of signed integers
};

struct Option {
    std::string_view name;  // without dashes
    std::string_view alias = {};
    OptionKind kind = OptionKind::Text;
    // What help calls the value. Completion goes by it as well: FILE, SOCKET, DIR, CAP, NAMESPACE, and
    // "text|json" for one of these words.
    std::string_view value = "VALUE";
    std::string_view summary = {};
    std::string_view fallback = {};  // the value when it is not given
    bool hidden = false;
};

// By name or alias; nullptr when there is none.
constexpr const Option* find_option(std::span<const Option> options, std::string_view name) {
    for (const auto& option : options)
        if (option.name == name || (!option.alias.empty() && option.alias == name)) return &option;
    return nullptr;
}

}  // namespace runcxx::cli
