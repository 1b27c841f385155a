// SPDX-License-Identifier: Apache-2.0
// The grammar of the command line, which is that of runc: long options with one dash or two, options behind
// arguments, global options behind the subcommand, Go's booleans. It turns words into option rows with
// values; typing the values is arguments.h's part. Runs in: runtime. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace runcxx::cli {

struct GivenOption {
    const Option* option;
    std::string value;  // of a Flag: "true" or "false"
};

struct CommandLine {
    enum class Request : unsigned char {
        Run,
        Help,  // of `command`, or of the program when it is null
        Version,
        UnknownCommand,  // `unknown_command` is none, or no help topic
    };

    Request request = Request::Help;
    const Command* command = nullptr;
    std::string unknown_command;
    std::vector<GivenOption> globals;
    std::vector<GivenOption> options;  // of `command`, in the order given
    std::vector<std::string> arguments;
    // What is wrong with the options, in the words of runc. Global options that follow were read
    // nevertheless, so that the error reaches the log file that the caller asked for.
    std::optional<std::string> error;
};

// `words` without the program's own name. Never fails.
CommandLine parse_command_line(std::span<const std::string_view> words);

}  // namespace runcxx::cli
