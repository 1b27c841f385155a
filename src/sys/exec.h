// SPDX-License-Identifier: Apache-2.0
// Executing a program, and what execve(2) looks at: permissions, mount flags, the current directory.
// Runs in: either. try_ forms return 0 or the errno.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/paths.h"
#include "sys/unique_fd.h"

namespace runcxx::sys {

// Replaces the program of this process; returns only on failure, with the errno. Signals that are ignored or
// blocked stay so: the caller resets what the new program must not inherit.
int try_execute(const std::string& path, const std::vector<std::string>& args,
                const std::vector<std::string>& env);

// From now until the next execve(2), SIGHUP, SIGINT, SIGQUIT and SIGTERM end this process with status 128 + N also
// where it is the first of a pid namespace, which the kernel would not let them end (pid_namespaces(7)).
void end_on_termination_signals();

// faccessat(2) AT_EACCESS: may the effective ids execute (for directories: search) it? noexec mounts say
// EACCES.
int try_access_executable(const std::string& path);
// stat(2) through links.
int try_stat_path(const std::string& path, struct stat& result);
// fstat(2) and fchown(2), without a group, of standard stream 0, 1 or 2.
int try_stat_stream(int number, struct stat& result);
int try_chown_stream(int number, uid_t uid);

// fstatvfs(3) ST_NOEXEC of the mount that the fd was opened on.
bool is_on_noexec_mount(const UniqueFd& fd);

// chdir(2).
int try_change_dir(const std::string& path);
// The kernel's own getcwd(2), not glibc's, which walks up the tree when the kernel says that the directory is
// not reachable: "(unreachable)/..." is returned as it is. ENOENT: the directory was removed.
int try_current_dir(std::string& path);

// This process's environment as "NAME=value" entries.
std::vector<std::string> own_environment();

// A descriptor to give a program as its stdin, from which it reads `data` and then the end: a pipe, filled
// and closed before the program starts so that nobody has to feed it and a program that does not read breaks
// nothing; a memory file when a pipe cannot be that large.
UniqueFd make_program_input(std::string_view data);

}  // namespace runcxx::sys
