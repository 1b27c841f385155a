// SPDX-License-Identifier: Apache-2.0
// The rows of ps(1) that belong to a container. Runs in: runtime. Pure.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>

namespace runcxx::cli {

// The header of `ps_output` and the rows whose column PID is one of `pids`, which is sorted. Errors: "couldn't find PID
// field in ps output"; "unable to parse pid: ...".
std::string process_table(std::string_view ps_output, std::span<const pid_t> pids);

}  // namespace runcxx::cli
