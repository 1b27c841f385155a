// SPDX-License-Identifier: Apache-2.0
// How a command ends that failed: one record at the end of the log, one line for the caller, the exit code.
// Runs in: runtime.
#pragma once

#include <string_view>

#include "base/error.h"

namespace runcxx::cli {

// Callers read the last error record of the log file and match words on stderr: both get the message, but
// stderr only once when it is the log itself. Returns the exit code.
int report_failure(const Error& error);
// For what is not an Error: exit code 1.
int report_failure(std::string_view message);

}  // namespace runcxx::cli
