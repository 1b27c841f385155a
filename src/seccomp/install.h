// SPDX-License-Identifier: Apache-2.0
// Puts a compiled filter on the calling thread, for good.
// Runs in: init, with CAP_SYS_ADMIN in its user namespace or no_new_privs set (seccomp(2)).
// Must not: call libseccomp, nor issue a system call once the filter is on.
#pragma once

#include "config/container.h"
#include "sys/unique_fd.h"

namespace runcxx::seccomp {

// seccomp(2) SECCOMP_SET_MODE_FILTER with the program's flags, or prctl(2) when there are none. Returns the
// notification fd (CLOEXEC) when the program has a listener, else an empty one. On success neither allocates
// nor makes another system call. Errors: "error loading seccomp filter into kernel: ...".
sys::UniqueFd install(const config::SeccompProgram& program);

}  // namespace runcxx::seccomp
