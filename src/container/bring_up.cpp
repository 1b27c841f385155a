// SPDX-License-Identifier: Apache-2.0
#include "container/bring_up.h"

#include <fcntl.h>
#include <sched.h>

#include <csignal>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/step.h"
#include "config/id_mappings.h"
#include "config/namespaces.h"
#include "container/destroy.h"
#include "container/groundwork.h"
#include "container/hook_output.h"
#include "container/init_requests.h"
#include "intelrdt/group.h"
#include "launch/init_process.h"
#include "network/devices.h"
#include "network/loopback.h"
#include "notify/notify_proxy.h"
#include "sys/network_namespace.h"

namespace runcxx::container {
namespace {

config::Init make_init(const Plan& plan, bool wait_for_start) {
    config::Init init;
    init.hook_state.id = plan.config.id;
    init.hook_state.bundle = plan.config.bundle;
    init.hook_state.annotations = plan.config.annotations;
    init.log_level = static_cast<std::uint8_t>(log::destination().level);
    init.wait_for_start = wait_for_start;
    init.container = plan.config.setup;
    init.process = plan.config.process;
    return init;
}

// A new network namespace takes the kernel as long as init takes to start up: we make it meanwhile, and init joins it
// as it would join one of a pod. Not for a user namespace, which would not own it, and not where only init can.
sys::UniqueFd make_network_namespace(config::Container& config) {
    if (!config.namespaces.creates(CLONE_NEWNET) || config.namespaces.has(CLONE_NEWUSER)) return {};
    auto made = sys::make_network_namespace([] { network::bring_up_loopback(); });
    if (!made) return {};
    config::join_instead(config.namespaces, CLONE_NEWNET, made->path);
    config.setup.bring_up_loopback = false;
    return std::move(made->fd);
}

launch::Bootstrap make_bootstrap(const Plan& plan) {
    const auto& config = plan.config;
    launch::Bootstrap bootstrap;
    bootstrap.namespaces = config.namespaces;
    bootstrap.oom_score_adj = config.oom_score_adj;
    bootstrap.rootless = config.rootless;
    if (config.namespaces.creates(CLONE_NEWUSER)) {
        bootstrap.uid_mappings = config.uid_mappings;
        bootstrap.gid_mappings = config.gid_mappings;
        bootstrap.set_groups = config::needs_mapping_tool(config.gid_mappings, plan.facts.effective_gid);
        if (config.rootless) {
            bootstrap.newuidmap_path = plan.facts.newuidmap_path.get();
            bootstrap.newgidmap_path = plan.facts.newgidmap_path.get();
        }
    }
    if (config.namespaces.creates(CLONE_NEWTIME)) bootstrap.time_offsets = config.time_offsets;
    return bootstrap;
}

// Born in its cgroup where that can be, moved into it before it gets any data otherwise.
std::unique_ptr<launch::InitProcess> spawn_in_cgroup(launch::SpawnRequest& request, cgroups::Manager& cgroup,
                                                     sys::SignalFd& signals) {
    const auto target = cgroup.spawn_target();
    if (target.directory) request.cgroup = &target.directory;
    if (!target.self_join.empty()) request.cgroup_joins = &target.self_join;
    bool is_inside = !target.needs_add_process;
    std::unique_ptr<launch::InitProcess> init;
    try {
        init = std::make_unique<launch::InitProcess>(request, signals);
    } catch (const Error& error) {
        const bool was_plain =
            request.cgroup == nullptr && request.cgroup_joins == nullptr && !request.in_new_pid_namespace;
        if (was_plain) throw;
        log::debug("init is moved into its cgroup instead of being born there: {}", error.message());
        request.cgroup = nullptr;
        request.cgroup_joins = nullptr;
        request.in_new_pid_namespace = false;
        init = std::make_unique<launch::InitProcess>(request, signals);
        is_inside = false;
    }
    if (!is_inside) cgroup.add_process(init->spawned_pid());
    return init;
}

// Nothing is opened for a container without hooks.
HookOutput open_hook_output(const config::Container& config) {
    const bool has_hooks = config.setup.stops_before_pivot || !config.process.start_container_hooks.empty();
    return has_hooks ? HookOutput::open(config.extensions, config.bundle) : HookOutput();
}

}  // namespace

Running bring_up(Plan& plan, InitIo io, bool wait_for_start, sys::SignalFd& signals) {
    const auto& config = plan.config;
    std::optional<network::MovedDevices> moved_devices;
    Groundwork ground(plan, signals);
    auto& cgroup = *ground.cgroup;
    auto& dir = ground.dir;
    std::optional<notify::NotifyProxy> notify;
    if (plan.notify_socket) {
        notify::make_directory(dir.path());
        if (!wait_for_start) notify = notify::NotifyProxy::bind(dir.path(), *plan.notify_socket);
    }
    sys::UniqueFd fifo;
    if (wait_for_start) fifo = dir.make_exec_fifo();

    return step("unable to start container process", [&]() -> Running {
        launch::SpawnRequest request;
        request.in_new_pid_namespace =
            config.namespaces.creates(CLONE_NEWPID) && !config.namespaces.has(CLONE_NEWUSER);
        request.exec_fifo = fifo ? &fifo : nullptr;
        request.console_socket = io.console_socket;
        request.pidfd_socket = io.pidfd_socket;
        request.stdio = std::move(io.stdio);
        const auto hook_output = open_hook_output(config);
        if (hook_output.out) request.hook_out = &hook_output.out;
        if (hook_output.err) request.hook_err = &hook_output.err;
        request.preserved_fds = config.process.preserved_fds;
        auto init = spawn_in_cgroup(request, cgroup, signals);
        if (const auto& group = ground.intent.intel_rdt_group)
            intelrdt::add_process(*group, init->spawned_pid());

        // Only now: a rootless manager may have given up hierarchies, and those show our own cgroup inside.
        cgroups::fill_cgroup_mount(plan.config.setup.cgroup_mount, cgroup.paths(), plan.facts);

        ground.rollback.add("give network devices back", [&] {
            if (moved_devices) moved_devices->give_back();
        });
        InitRequests requests(plan, ground, *init, request.stdio, hook_output, moved_devices, signals);
        request.stdio.clear();
        const auto network_namespace =
            step("make network namespace", [&] { return make_network_namespace(plan.config); });
        try {
            step("enter namespaces",
                 [&] { init->bootstrap(make_bootstrap(plan), make_init(plan, wait_for_start)); });
            requests.prepare();
            init->serve(requests.answers(io.take_terminal), /*for_exec=*/false, /*must_live=*/wait_for_start);
        } catch (Error& error) {
            if (requests.ran_hooks() && !config.hooks.poststop.empty())
                ground.rollback.add("run poststop hooks", [&] { run_poststop_hooks(ground.intent); });
            ground.rethrow_with_cause(error);
        }
        // From here on there is a container; undoing it is `delete`'s work.
        ground.rollback.commit();
        return {Handle(std::move(dir), std::nullopt, requests.state(), ground.intent.boot_id),
                init->release(), std::move(notify)};
    });
}

void take_down(Running& running) {
    kill_everything(running.container);
    running.init.wait();
    destroy(running.container);
}

}  // namespace runcxx::container
