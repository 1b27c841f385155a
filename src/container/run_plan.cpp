// SPDX-License-Identifier: Apache-2.0
#include "container/run_plan.h"

#include "base/error.h"
#include "base/log.h"
#include "config/id_mappings.h"
#include "container/destroy.h"
#include "container/foreground.h"
#include "container/outside.h"
#include "container/pid_file.h"

namespace runcxx::container {
namespace {

// What follows the launch and can still fail; the container goes with it.
void write_pid(const Plan& plan, Running& running) {
    if (plan.pid_file.empty()) return;
    try {
        write_pid_file(plan.pid_file, running.init.pid());
    } catch (const Error&) {
        take_down(running);
        throw;
    }
}

int run_detached(const Plan& plan, const Launch& launch) {
    const auto sockets = connect_sockets(plan.options.console_socket, plan.options.pidfd_socket);
    auto running = launch(
        {.stdio = {}, .console_socket = sockets.console_or_null(), .pidfd_socket = sockets.pidfd_or_null()});
    write_pid(plan, running);
    running.container.dir().unlock();
    if (running.notify) running.notify->wait(running.init.pidfd(), running.init.pid());
    running.init.forget();
    return 0;
}

StreamUser stream_user(const Plan& plan) {
    const auto& config = plan.config;
    StreamUser user;
    user.terminal = config.process.terminal;
    user.is_host_root =
        config.process.uid == 0 && !config.setup.has_user_namespace && plan.facts.effective_uid == 0;
    if (!user.terminal && !user.is_host_root) {
        user.root_uid = config::host_uid(config, 0);
        user.root_gid = config::host_gid(config, 0);
    }
    return user;
}

int run_in_foreground(const Plan& plan, sys::SignalFd& signals, const Launch& launch) {
    const auto sockets = connect_sockets(plan.options.console_socket, plan.options.pidfd_socket);
    ForegroundIo io(stream_user(plan));
    auto running = launch(io.for_init(sockets.pidfd_or_null()));
    write_pid(plan, running);
    // Others may exec, kill and delete meanwhile.
    running.container.dir().unlock();
    const int code = wait_in_foreground(std::move(running.init), signals, io, running.notify);
    if (!plan.options.keep) {
        try {
            running.container.dir().lock();
            destroy(running.container);
        } catch (const Error& error) {
            // The container's own exit code counts more; a concurrent delete is no failure at all.
            if (error.kind() != Error::Kind::ContainerNotFound) log::warning("{}", error.message());
        }
    }
    return code;
}

}  // namespace

int run_plan(const Plan& plan, sys::SignalFd& signals, const Launch& launch) {
    return plan.options.detach ? run_detached(plan, launch) : run_in_foreground(plan, signals, launch);
}

}  // namespace runcxx::container
