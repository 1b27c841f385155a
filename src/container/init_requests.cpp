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
#include "container/destroy.h"
#include "hooks/run_hooks.h"
#include "seccomp/compile.h"
#include "seccomp/listener.h"
#include "sys/child_process.h"
#include "sys/exec.h"
#include "sys/limits.h"

namespace runcxx::container {

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
    seccomp_ = plan_.config.extensions.seccomp_program;
    if (plan_.config.seccomp)
        seccomp_ = step("compile seccomp profile", [&] { return seccomp::compile(*plan_.config.seccomp); });
    keep_for_exec();
    step("load device rules",
         [&] { cgroup_.prepare_resources(plan_.config.cgroup.resources, device_rules()); });
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
    step("set cgroup limits", [&] { cgroup_.set_resources(plan_.config.cgroup.resources, device_rules()); });
}

cgroups::DeviceRules InitRequests::device_rules() const {
    return plan_.facts.in_user_namespace ? cgroups::DeviceRules::Skip : cgroups::DeviceRules::Apply;
}

void InitRequests::bring_network_devices() {
    const auto& devices = plan_.config.net_devices;
    if (devices.empty()) return;
    const auto path = fmt::format("/proc/{}/ns/net", init_.pid());
    step("error creating network interfaces", [&] {
        moved_devices_.emplace(sys::open_file(HostPath(path), O_RDONLY));
        for (const auto& entry : devices)
            step(fmt::format("move netDevice {} to namespace {}", entry.first, path),
                 [&] { moved_devices_->move(entry.first, entry.second.name); });
    });
}

void InitRequests::rootfs_ready() {
    apply_limits();
    bring_network_devices();
    const auto& configured = plan_.config.hooks;
    ran_hooks_ = !configured.prestart.empty() || !configured.create_runtime.empty() ||
                 !configured.create_container.empty();
    const auto state = hook_state(intent_, "creating", init_.pid());
    hooks::HookContext context{
        .working_dir = HostPath(plan_.config.bundle),
        .default_env = sys::own_environment(),
        .interruption = &signals_.fd(),
        .check_interruption = [this] { launch::throw_if_interrupted(signals_); },
    };
    hook_output_.attach(context);
    hooks::run_hooks(configured.prestart, "prestart", state, context);
    hooks::run_hooks(configured.create_runtime, "createRuntime", state, context);
}

std::optional<config::SeccompProgram> InitRequests::process_ready() {
    apply_limits();
    for (const auto& limit : plan_.config.rlimits)
        sys::set_limit(init_.pid(), limit.type, {limit.soft, limit.hard});
    staged_state_->commit();
    return std::move(seccomp_);
}

void InitRequests::keep_for_exec() {
    auto& exec = state_.exec.emplace(config::exec_defaults(plan_.config));
    if (!seccomp_) return;
    auto& record = exec.seccomp.emplace();
    record.flags = seccomp_->flags;
    record.has_listener = seccomp_->has_listener;
    // A program that an annotation brought has no profile.
    if (const auto& profile = plan_.config.seccomp) {
        record.listener_path = profile->listener_path;
        record.listener_metadata = profile->listener_metadata;
    }
    dir_.write_seccomp(seccomp_->instructions);
}

void InitRequests::stage_state() {
    const auto stat = sys::try_process_stat(init_.pid());
    if (!stat) throw Error("init has ended before it could be recorded");
    // A rootless manager may have given up hierarchies meanwhile.
    intent_.cgroup_paths = cgroup_.paths().by_controller;
    state_.intent = intent_;
    state_.init_process_pid = init_.pid();
    state_.init_process_start = stat->start_time;
    state_.init_process_inode = sys::process_inode(init_.pidfd()).value_or(0);
    state_.resources = plan_.config.cgroup.resources;
    state_.resources.devices.clear();
    staged_state_ = dir_.stage_state(state_);
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
