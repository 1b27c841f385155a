// SPDX-License-Identifier: Apache-2.0
// A handle of the running program's file that nobody can write through (CVE-2019-5736): init runs from it, so
// a container that opens /proc/PID/exe of init never holds a writable handle to the host's binary. Runs in:
// runtime.
#pragma once

#include "sys/unique_fd.h"

namespace runcxx::sys {

// A read-only detached mount of /proc/self/exe (open_tree(2) + mount_setattr(2), Linux 5.12): writing through
// it is EROFS, and nobody can remount a mount that is in no namespace. Empty fd where the kernel or our
// privileges do not allow it.
UniqueFd try_read_only_executable();

// A copy in a sealed memfd (memfd_create(2), F_ADD_SEALS): shares no page with the file on disk.
UniqueFd sealed_executable_copy();

}  // namespace runcxx::sys
