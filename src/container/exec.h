// SPDX-License-Identifier: Apache-2.0
// `exec`: another process in an existing container.
// Runs in: runtime.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/paths.h"
#include "config/exec.h"

namespace runcxx::container {

struct ExecOptions {
    std::string id;
    HostPath root;             // state directories live below; absolute
    std::string process_file;  // replaces config.json and `overrides`; may be a pipe
    config::ProcessOverrides overrides;
    std::vector<std::string> cgroups;  // of --cgroup, as given
    std::string console_socket;
    std::string pidfd_socket;
    std::string pid_file;  // relative to the caller's directory
    bool detach = false;
    bool ignore_paused = false;
    std::uint32_t preserve_fds = 0;  // the caller's fds 3 .. 3+n-1 are open and go to the process
};

// Changes the current directory to the bundle, unless there is a process file. Takes no lock: any number of
// them may go on at once. Returns the exit code of the process (128 + signal), 0 when detached. On failure
// nothing of the process is left and the Error says what failed: "cannot exec in a stopped container", "cannot
// exec in a paused container (use --ignore-paused to override)", ...
int exec(const ExecOptions& options);

}  // namespace runcxx::container
