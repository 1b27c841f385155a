// SPDX-License-Identifier: Apache-2.0
// Man pages in man(7): name, synopsis, commands and options from the tables of cli/, the rest from prose.
// Runs in: neither; at build time, in write_manual. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"
#include "manual/prose.h"

namespace runcxx::manual {

// `date`: YYYY-MM-DD, that of the sources.
std::string program_page(const Prose& prose, std::string_view date);
std::string command_page(const cli::Command& command, const Prose& prose, std::string_view date);

// Text with the marks of prose.h, as roff that cannot be taken for a request.
std::string to_roff(std::string_view text);
// Text without marks.
std::string plain_roff(std::string_view text);

}  // namespace runcxx::manual
