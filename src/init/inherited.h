// SPDX-License-Identifier: Apache-2.0
// What init is born with: the fds that the runtime named in the environment
// (include/runcxx/bootstrap_wire.h). Runs in: init.
#pragma once

#include "sync/channel.h"
#include "sys/unique_fd.h"

namespace runcxx::init {

struct Inherited {
    sys::UniqueFd init_pipe;
    sync::Channel channel;
    sys::UniqueFd log_pipe;
    sys::UniqueFd exec_fifo;       // empty: do not wait for `start`
    sys::UniqueFd console_socket;  // empty: no terminal was asked for
    sys::UniqueFd pidfd_socket;    // empty: nobody wants our pidfd
    sys::UniqueFd hook_out;        // files for the output of hooks; empty: it goes into their error texts
    sys::UniqueFd hook_err;

    const sys::UniqueFd* hook_out_or_null() const { return hook_out ? &hook_out : nullptr; }
    const sys::UniqueFd* hook_err_or_null() const { return hook_err ? &hook_err : nullptr; }
};

// Takes the fds over (CLOEXEC again) and clears the whole environment. Errors: a variable is missing or is
// not the number of an open fd.
Inherited take_over();

}  // namespace runcxx::init
