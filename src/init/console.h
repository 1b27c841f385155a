// SPDX-License-Identifier: Apache-2.0
// The container's terminal, seen from inside: a new pty becomes stdin, stdout, stderr and the controlling
// terminal, its master goes to whoever holds the other end of the console socket.
// Runs in: init, inside the container's root.
#pragma once

#include "config/container.h"
#include "sys/unique_fd.h"

namespace runcxx::init {

// on_dev_console: also bind it on /dev/console (the container's first process).
void set_up_console(const config::ProcessSetup& setup, const sys::UniqueFd& console_socket,
                    bool on_dev_console);

}  // namespace runcxx::init
