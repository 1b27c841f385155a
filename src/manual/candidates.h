// SPDX-License-Identifier: Apache-2.0
// What can stand where on a command line, for the shells: read from the tables of cli/.
// Runs in: neither; at build time, in write_manual.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace runcxx::manual {

struct Candidates {
    enum class Kind : unsigned char { Unknown, Words, Files, Directories };
    Kind kind = Kind::Unknown;
    std::vector<std::string> words;
};

// What the value of an option can be, by what the table calls it.
Candidates candidates_for(const cli::Option& option);

bool takes_value(const cli::Option& option);
// The command's first argument is the id of a container that exists.
bool takes_container(const cli::Command& command);
// "exec", "kill": the commands that `belongs` is true of.
std::vector<std::string> names_of_commands(bool (*belongs)(const cli::Command&));

// "SIGABRT SIGALRM ...", for `kill`.
std::string signal_words();

// The options that help shows, and help itself.
std::vector<const cli::Option*> visible_options(const cli::Command& command);
std::vector<const cli::Option*> visible_global_options();
// A global option whose name means something else behind this command.
bool shadows(const cli::Command& command, const cli::Option& global_option);

// In single quotes, for a POSIX shell.
std::string shell_quoted(std::string_view text);

}  // namespace runcxx::manual
