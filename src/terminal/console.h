// SPDX-License-Identifier: Apache-2.0
// The container's terminal, made inside: a pseudoterminal of the container's own devpts, its master handed to
// whoever holds the other end of the console socket. Runs in: init, after pivot_root and before /dev is made
// read-only.
#pragma once

#include <string>

#include "sys/tty.h"
#include "sys/unique_fd.h"

namespace runcxx::terminal {

struct Console {
    sys::UniqueFd master;
    sys::UniqueFd slave;  // to be bound on /dev/console for a new container
};

// Opens a pair from /dev/pts/ptmx, verified (CVE-2025-52565), and sets its size unless one dimension is 0.
Console open_console(sys::WindowSize size);

// Sends the master (one message: its name and one fd), makes the slave stdin, stdout and stderr and the
// controlling terminal of this session. Precondition: this process leads a session without a controlling
// terminal.
void take_console(Console console, const sys::UniqueFd& console_socket);

}  // namespace runcxx::terminal
