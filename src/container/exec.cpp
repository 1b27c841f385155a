// SPDX-License-Identifier: Apache-2.0
#include "container/exec.h"

#include <csignal>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/step.h"
#include "config/id_mappings.h"
#include "container/exec_birth.h"
#include "container/exec_plan.h"
#include "container/foreground.h"
#include "container/outside.h"
#include "container/pid_file.h"
#include "intelrdt/group.h"
#include "seccomp/listener.h"
#include "sys/file.h"
#include "sys/limits.h"
#include "sys/scheduling.h"

namespace runcxx::container {
namespace {

// Its pid, by which namespaces and cgroup were found, has meant the same process until now.
void check_container_lives(const ExecPlan& plan) {
    if (sys::has_ended(plan.init_pidfd)) throw Error("the container has stopped meanwhile");
}

void set_final_affinity(const ExecPlan& plan, pid_t pid) {
    const auto& cpus = plan.process.affinity.final;
    if (cpus.empty()) return;
    if (const int error = sys::try_set_cpu_affinity(pid, cpus); error != 0)
        throw Error::from_errno(error, "error setting final CPU affinity");
}

// An administrator may have removed the groups; that is no reason to let nobody in.
void join_intel_rdt_group(const ExecPlan& plan, pid_t pid) {
    const auto& group = plan.container.facts()->intel_rdt_group;
    if (group && sys::exists(HostPath(group->path))) intelrdt::add_process(*group, pid);
}

std::optional<config::SeccompProgram> seccomp_program(const ExecPlan& plan) {
    const auto& record = plan.defaults().seccomp;
    if (!record) return std::nullopt;
    return config::SeccompProgram{.instructions = plan.container.dir().read_seccomp(),
                                  .flags = record->flags,
                                  .has_listener = record->has_listener};
}

void send_listener(const ExecPlan& plan, pid_t pid, const sys::UniqueFd& listener) {
    const auto& facts = *plan.container.facts();
    const auto& record = *plan.defaults().seccomp;
    oci::ContainerProcessState message;
    message.pid = pid;
    message.metadata = record.listener_metadata;
    message.state.id = facts.id;
    message.state.status = "running";
    message.state.pid = plan.init_pid();
    message.state.bundle = facts.bundle;
    message.state.annotations = facts.annotations;
    seccomp::send_listener(record.listener_path, message, listener);
}

launch::Requests requests(const ExecPlan& plan, const launch::InitProcess& init,
                          const std::function<void()>& take_terminal) {
    return {
        .mount_source = {},
        .rootfs_ready = {},
        .process_ready =
            [&] {
                for (const auto& limit : plan.process.rlimits)
                    sys::set_limit(init.pid(), limit.type, {limit.soft, limit.hard});
                if (take_terminal) take_terminal();
                return seccomp_program(plan);
            },
        .seccomp_listener = [&](const sys::UniqueFd& listener) { send_listener(plan, init.pid(), listener); },
    };
}

// Somebody of the cgroup was killed, and it may have been ours.
[[noreturn]] void rethrow_with_hint(const Error& error, const ExecPlan& plan) {
    if (plan.container.cgroup().oom_kill_count() == plan.oom_kills) throw error;
    throw Error(error.kind(), error.message() + " (possibly OOM-killed)", error.code());
}

// Returns when the program runs.
sys::ChildProcess launch_process(const ExecPlan& plan, InitIo io, sys::SignalFd& signals) {
    return step("unable to start container process", [&] {
        try {
            const auto take_terminal = std::move(io.take_terminal);
            const auto init = give_birth(plan, std::move(io), signals);
            check_container_lives(plan);
            set_final_affinity(plan, init->pid());
            join_intel_rdt_group(plan, init->pid());
            init->serve(requests(plan, *init, take_terminal), /*for_exec=*/true, /*must_live=*/false);
            return init->release();
        } catch (const Error& error) {
            rethrow_with_hint(error, plan);
        }
    });
}

// What follows and can still fail; the process goes with it.
template <class Action>
void finish(sys::ChildProcess& process, Action&& action) {
    try {
        action();
    } catch (const Error&) {
        process.kill(SIGKILL);
        process.wait();
        throw;
    }
}

void write_pid(const ExecPlan& plan, const sys::ChildProcess& process) {
    if (!plan.pid_file.empty()) write_pid_file(plan.pid_file, process.pid());
}

int exec_detached(const ExecPlan& plan, sys::SignalFd& signals) {
    const auto sockets = connect_sockets(plan.options.console_socket, plan.options.pidfd_socket);
    auto process = launch_process(
        plan,
        {.stdio = {}, .console_socket = sockets.console_or_null(), .pidfd_socket = sockets.pidfd_or_null()},
        signals);
    finish(process, [&] { write_pid(plan, process); });
    // It lives on; whoever reaps our orphans gets its exit status.
    process.forget();
    return 0;
}

StreamUser stream_user(const ExecPlan& plan) {
    const auto& setup = plan.process.setup;
    const auto& container = plan.defaults();
    const bool has_user_namespace = !container.uid_mappings.empty();
    StreamUser user;
    user.terminal = setup.terminal;
    user.is_host_root = setup.uid == 0 && !has_user_namespace && plan.facts.effective_uid == 0;
    if (!has_user_namespace) return user;
    user.root_uid = config::to_host_id(0, container.uid_mappings).value_or(plan.facts.effective_uid);
    user.root_gid = config::to_host_id(0, container.gid_mappings).value_or(plan.facts.effective_gid);
    return user;
}

int exec_in_foreground(const ExecPlan& plan, sys::SignalFd& signals) {
    const auto sockets = connect_sockets(plan.options.console_socket, plan.options.pidfd_socket);
    ForegroundIo io(stream_user(plan));
    auto process = launch_process(plan, io.for_init(sockets.pidfd_or_null()), signals);
    finish(process, [&] { write_pid(plan, process); });
    std::optional<notify::NotifyProxy> nobody_to_notify;
    return wait_in_foreground(std::move(process), signals, io, nobody_to_notify);
}

}  // namespace

int exec(const ExecOptions& options) {
    const auto plan = make_exec_plan(options);
    sys::SignalFd signals;
    return options.detach ? exec_detached(plan, signals) : exec_in_foreground(plan, signals);
}

}  // namespace runcxx::container
