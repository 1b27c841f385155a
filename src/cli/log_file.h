// SPDX-License-Identifier: Apache-2.0
// Where the log goes: --log, --log-format, --log-level and --debug. Runs in: runtime.
#pragma once

#include <string>

#include "base/log.h"
#include "cli/global_options.h"
#include "sys/unique_fd.h"

namespace runcxx::cli {

// Owned by main(), so that it outlives what is reported last.
class LogFile {
public:
    // Opens --log relative to the current directory, for appending and shared with other processes, or connects to
    // the service that it names, and makes it the destination of the log. Errors: "open FILE: ..."; "dial unix
    // SOCKET: ..."; "invalid log-format: X" and "invalid log-level: X", which the log gets too.
    void open(const GlobalOptions& options);

private:
    static sys::UniqueFd connect(const std::string& target, log::Destination& destination);

    sys::UniqueFd file_;
};

}  // namespace runcxx::cli
