// SPDX-License-Identifier: Apache-2.0
// The options of one subcommand with their types, and its arguments.
// Runs in: runtime.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.h"

namespace runcxx::cli {

class Arguments {
public:
    // Precondition: line.command is set. Errors: InvalidConfig `invalid value "x" for flag -name: <why>`.
    explicit Arguments(const CommandLine& line);

    // By an option's name in the subcommand's table; asking for another is a mistake in this program and ends
    // as "no option NAME". What was not given has the table's fallback: false, 0, "" or {} without one.
    bool flag(std::string_view name) const;
    const std::string& text(std::string_view name) const;
    // Nanoseconds for a Duration.
    std::int64_t number(std::string_view name) const;
    const std::vector<std::string>& list(std::string_view name) const;
    const std::vector<std::int64_t>& numbers(std::string_view name) const;
    bool is_given(std::string_view name) const;

    const std::vector<std::string>& words() const { return words_; }
    // The first argument. Precondition: the subcommand asks for one.
    const std::string& id() const { return words_.front(); }

private:
    struct Value {
        const Option* option;
        bool given = false;
        bool flag = false;
        std::int64_t number = 0;
        std::vector<std::string> texts;
        std::vector<std::int64_t> numbers;
    };

    static void take(Value& value, const std::string& text);
    const Value& find(std::string_view name, OptionKind kind) const;

    std::vector<Value> values_;  // one for each option of the subcommand
    std::vector<std::string> words_;
};

}  // namespace runcxx::cli
