// SPDX-License-Identifier: Apache-2.0
// Standard streams of a command line program: there when it starts, written to without stdio.
// Runs in: runtime.
#pragma once

#include <string_view>

#include "sys/unique_fd.h"

namespace runcxx::sys {

// Opens /dev/null where fd 0, 1 or 2 is closed, so that nothing of ours gets their numbers.
void open_missing_standard_streams();

// The whole text to fd 1. Errors: "write to stdout: <errno text>".
void write_to_stdout(std::string_view text);

// Writing to a closed pipe, or beyond RLIMIT_FSIZE, fails with EPIPE or EFBIG instead of killing this process (signal(7)).
void survive_failed_writes();

}  // namespace runcxx::sys
