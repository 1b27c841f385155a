// SPDX-License-Identifier: Apache-2.0
// The processes of a cgroup tree, and what both cgroup versions do with them.
// Runs in: runtime.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cgroups/directory.h"

namespace runcxx::cgroups {

// How long a freeze may take: for who wants the container frozen, and for who only wants that nothing forks while
// it is signalled.
inline constexpr std::int64_t kFreezeTimeoutMs = 10'000;
inline constexpr std::int64_t kFreezeToSignalMs = 500;

// cgroup.procs of the directory and all below (cgroup.threads where it is threaded). What vanishes meanwhile
// is left out.
std::vector<pid_t> processes_in(const Directory& directory);

// The cgroup2 directory that a process is in; not open when it has gone, or when that is not below `mount`.
Directory unified_directory_of(const Root& root, const std::string& mount, pid_t pid);

// kill(2) to each; those that are gone already do not matter, other failures are logged.
void signal_each(const std::vector<pid_t>& pids, int signal);

// "12 nginx (D, nfs_wait), 13 sh (S)": pid, name, state, and of uninterruptible ones where in the kernel they wait
// (proc_pid_wchan(5); only for root), of at most ten, for error messages.
std::string describe_processes(const std::vector<pid_t>& pids);

// The same of those threads that are in uninterruptible sleep, by which they do not take signals; of all when there
// is none. On v1, thaw first: what is frozen there looks uninterruptible.
std::string describe_stuck(const std::vector<pid_t>& pids);

// Writes a pid to cgroup.procs. EINVAL (a task that is not fully set up yet) is tried 5 times, 30 ms apart.
// Throws "failed to write PID: ...".
void write_process(const Directory& directory, pid_t pid);
// The same for a file that is open for writing; `path` is its name.
void write_pid(const sys::UniqueFd& file, pid_t pid, const std::string& path);

// rmdir of the directories and everything below; while one is EBUSY, 10 more rounds from 1 ms doubling. Missing is
// fine. Throws "rmdir <path>: ..." with the processes inside, for the first that is left.
void remove_trees(const Root& root, std::vector<std::string> paths);

// The value behind "KEY " at the start of a line; nullopt when there is none.
std::optional<std::uint64_t> value_of(std::string_view text, std::string_view key);

}  // namespace runcxx::cgroups
