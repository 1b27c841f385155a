// SPDX-License-Identifier: Apache-2.0
// The runtime process: from argv to the function of a subcommand.
// Runs in: runtime.
#pragma once

#include <span>

#include "cli/log_file.h"

namespace runcxx::cli {

// Returns the exit code. Precondition: nothing was opened yet, so that the fds above 2 are the caller's; they
// become CLOEXEC. Errors: Usage (help was printed); UnknownCommand; whatever the subcommand throws.
int main(std::span<char* const> argv, LogFile& log_file);

}  // namespace runcxx::cli
