// SPDX-License-Identifier: Apache-2.0
// Runs a host program to its end and takes what it writes. Runs in: runtime.
#pragma once

#include <string>
#include <vector>

#include "sys/child_process.h"

namespace runcxx::sys {

struct CommandOutput {
    WaitStatus status;
    std::string text;  // stdout and stderr in the order in which they were written
};

// With our environment and an empty stdin. Errors: those of spawn(); more than 64 MiB of output.
CommandOutput run_command(const std::string& path, const std::vector<std::string>& args);

}  // namespace runcxx::sys
