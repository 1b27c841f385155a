// SPDX-License-Identifier: Apache-2.0
#include "container/init_requests.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <utility>

#include <fmt/core.h>

#include "base/error.h"
#include "base/step.h"
#include "config/id_mappings.h"
#include "config/resolve.h"
#include "container/net_devices.h"
#include "container/new_state.h"
#include "container/runtime_hooks.h"
#include "seccomp/listener.h"
#include "sys/limits.h"

namespace runcxx::container {

InitRequests::InitRequests(Plan& plan, Groundwork& ground, launch::InitProcess& init,
                           const std::vector<sys::UniqueFd>& stdio, const HookOutput& hook_output,
                           std::optional<network::MovedDevices>& moved_devices, sys::SignalFd& signals)
    : plan_(plan),
      ground_(ground),
      cgroup_(*ground.cgroup),
      init_(init),
      hook_output_(hook_output),
      moved_devices_(moved_devices),
      signals_(signals) {
    state_.checkpoint = config::checkpoint_facts(plan.config);
    state_.external_descriptors = stream_targets(stdio);
}

launch::Requests InitRequests::answers(const std::function<void()>& take_terminal) {
    return {
        .mount_source = [this](std::size_t index) { return mount_source(index); },
        .rootfs_ready = [this] { rootfs_ready(); },
        .process_ready =
            [this, &take_terminal] {
                auto program = process_ready();
                if (take_terminal) take_terminal();
                return program;
            },
        .seccomp_listener = [this](sys::UniqueFd listener) { send_listener(listener); },
    };
}

void InitRequests::prepare() {
    seccomp_ = seccomp_program(plan_);
    state_.exec = record_for_exec(plan_, seccomp_, ground_.dir);
    step("load device rules",
         [&] { cgroup_.prepare_resources(plan_.config.cgroup.resources, device_rules(plan_)); });
    stage_state();
}

sys::UniqueFd InitRequests::mount_source(std::size_t index) {
    const auto& mounts = plan_.config.setup.mounts;
    if (index >= mounts.size())
        throw Error(fmt::format("init asks for the source of mount {} of {}", index, mounts.size()));
    const auto& mount = mounts[index];
    if (plan_.config.rootless) throw Error("cannot fulfil mount requests as a rootless user");
    sys::UniqueFd joined;
    sys::MountSourceRequest request;
    request.source = HostPath(mount.source);
    request.follow = !mount.source_nofollow;
    request.recursive = (mount.flags & MS_REC) != 0;
    request.map_recursively = mount.id_map == config::IdMap::Recursive;
    if (mount.id_map != config::IdMap::None) {
        if (!mount.id_map_user_namespace.empty()) {
            joined = sys::open_file(HostPath(mount.id_map_user_namespace), O_RDONLY);
            request.user_namespace = &joined;
        } else {
            request.user_namespace = &id_maps_.get(config::mappings_text(mount.uid_mappings),
                                                   config::mappings_text(mount.gid_mappings));
        }
    }
    return step("failed to fulfil mount request",
                [&] { return sys::open_mount_source(init_.pid(), request); });
}

void InitRequests::apply_limits() {
    if (std::exchange(limits_applied_, true)) return;
    step("set cgroup limits",
         [&] { cgroup_.set_resources(plan_.config.cgroup.resources, device_rules(plan_)); });
}

void InitRequests::rootfs_ready() {
    apply_limits();
    // Before the hooks, which may look for them inside.
    bring_network_devices(plan_.config, init_.pid(), moved_devices_);
    const auto& configured = plan_.config.hooks;
    ran_hooks_ = !configured.prestart.empty() || !configured.create_runtime.empty() ||
                 !configured.create_container.empty();
    run_runtime_hooks(plan_.config, ground_.intent, init_.pid(), hook_output_, signals_);
}

std::optional<config::SeccompProgram> InitRequests::process_ready() {
    apply_limits();
    for (const auto& limit : plan_.config.rlimits)
        sys::set_limit(init_.pid(), limit.type, {limit.soft, limit.hard});
    staged_state_->commit();
    return std::move(seccomp_);
}

void InitRequests::stage_state() {
    // A rootless manager may have given up hierarchies meanwhile.
    ground_.intent.cgroup_paths = cgroup_.paths().by_controller;
    record_init(state_, plan_, ground_.intent, init_.pid(), init_.pidfd());
    staged_state_ = ground_.dir.stage_state(state_);
}

void InitRequests::send_listener(const sys::UniqueFd& listener) {
    oci::ContainerProcessState message;
    message.pid = init_.pid();
    message.metadata = plan_.config.seccomp->listener_metadata;
    message.state.id = plan_.config.id;
    message.state.status = "creating";
    message.state.pid = init_.pid();
    message.state.bundle = plan_.config.bundle;
    message.state.annotations = plan_.config.annotations;
    seccomp::send_listener(plan_.config.seccomp->listener_path, message, listener);
}

}  // namespace runcxx::container
