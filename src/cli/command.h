// SPDX-License-Identifier: Apache-2.0
// One row of the table of subcommands, and what a subcommand is called with.
// Runs in: runtime. Pure data.
#pragma once

#include <span>
#include <string_view>

#include "cli/option.h"

namespace runcxx::cli {

class Arguments;
struct GlobalOptions;

struct Invocation {
    const Arguments& arguments;
    const GlobalOptions& globals;
    std::string_view program_name;
    // The caller's fds 3 .. first_free_fd-1 were open when this process was called.
    int first_free_fd = 3;
};

inline constexpr unsigned kUnlimited = ~0U;

struct Command {
    std::string_view name;
    std::string_view summary;
    std::string_view usage = {};        // of its arguments: "<container-id>"
    std::string_view description = {};  // lines of at most 77 columns
    unsigned min_arguments = 0;
    unsigned max_arguments = 0;
    // What follows the first argument is not ours to read: `exec ID ls -l`.
    bool options_end_at_argument = false;
    // The first argument is the id of a container that is not there yet.
    bool makes_container = false;
    std::span<const Option> options = {};
    // Returns the exit code.
    int (*run)(const Invocation&) = nullptr;
};

}  // namespace runcxx::cli
