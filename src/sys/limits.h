// SPDX-License-Identifier: Apache-2.0
// Resource limits of processes (getrlimit(2), prlimit(2)) and their names.
// Runs in: either.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace runcxx::sys {

// "RLIMIT_NOFILE" -> RLIMIT_NOFILE, for all 16 of Linux; nullopt for other names.
std::optional<int> limit_number(std::string_view name);

struct Limit {
    std::uint64_t soft = 0;  // RLIM_INFINITY is all ones
    std::uint64_t hard = 0;
};
// prlimit(2) on a process that may live in another namespace; pid 0 is the caller.
// Precondition: limit_number(name). Errors: "error setting rlimit type N: ...", with the reason where it is
// knowable (raising a hard limit needs CAP_SYS_RESOURCE; RLIMIT_NOFILE may not exceed fs.nr_open).
void set_limit(pid_t pid, std::string_view name, Limit limit);
// nullopt when the process is gone or not ours to ask.
std::optional<Limit> try_limit(pid_t pid, std::string_view name);

}  // namespace runcxx::sys
