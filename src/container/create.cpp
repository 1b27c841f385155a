// SPDX-License-Identifier: Apache-2.0
#include "container/create.h"

#include "base/error.h"
#include "base/log.h"
#include "container/bring_up.h"
#include "container/outside.h"
#include "container/pid_file.h"

namespace runcxx::container {

void create(const CreateOptions& options) {
    auto plan = make_plan(options, /*detached=*/true);
    sys::SignalFd signals;
    become_subreaper(options);
    const auto sockets = connect_sockets(plan.options.console_socket, plan.options.pidfd_socket);
    auto running = bring_up(
        plan,
        {.stdio = {}, .console_socket = sockets.console_or_null(), .pidfd_socket = sockets.pidfd_or_null()},
        /*wait_for_start=*/true, signals);
    try {
        if (!plan.pid_file.empty()) write_pid_file(plan.pid_file, running.init.pid());
    } catch (const Error&) {
        take_down(running);
        throw;
    }
    // Init lives on; whoever reaps our orphans gets its exit status.
    running.init.forget();
}

}  // namespace runcxx::container
