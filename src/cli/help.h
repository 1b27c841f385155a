// SPDX-License-Identifier: Apache-2.0
// Help texts, made from the tables. Runs in: runtime. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace runcxx::cli {

// `program`: the name by which it was called.
std::string program_help(std::string_view program);
std::string command_help(std::string_view program, const Command& command);

}  // namespace runcxx::cli
