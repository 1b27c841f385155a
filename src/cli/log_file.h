// SPDX-License-Identifier: Apache-2.0
// Where the log goes: --log, --log-format and --debug. Runs in: runtime.
#pragma once

#include "cli/global_options.h"
#include "sys/unique_fd.h"

namespace runcxx::cli {

// Owned by main(), so that it outlives what is reported last.
class LogFile {
public:
    // Opens --log relative to the current directory, for appending and shared with other processes, and makes
    // it the destination of the log. Errors: "open FILE: ..."; "invalid log-format: X", which the file gets
    // as text.
    void open(const GlobalOptions& options);

private:
    sys::UniqueFd file_;
};

}  // namespace runcxx::cli
