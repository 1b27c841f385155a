// SPDX-License-Identifier: Apache-2.0
// The pid file of --pid-file: decimal, no newline (callers parse the whole file as a number), never
// half-written. Runs in: runtime.
#pragma once

#include <sys/types.h>

#include "base/paths.h"

namespace runcxx::container {

// Replaces what is there. Errors: that is a device, a fifo, a socket or a directory; those of the file system.
void write_pid_file(const HostPath& path, pid_t pid);

}  // namespace runcxx::container
