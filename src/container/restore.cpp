// SPDX-License-Identifier: Apache-2.0
#include "container/restore.h"

#include <fcntl.h>
#include <sched.h>

#include <algorithm>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/step.h"
#include "checkpoint/criu.h"
#include "checkpoint/names.h"
#include "checkpoint/restore_root.h"
#include "config/namespaces.h"
#include "config/resolve.h"
#include "container/criu_images.h"
#include "container/destroy.h"
#include "container/groundwork.h"
#include "container/hook_output.h"
#include "container/net_devices.h"
#include "container/new_state.h"
#include "container/outside.h"
#include "container/run_plan.h"
#include "container/runtime_hooks.h"
#include "intelrdt/group.h"
#include "network/loopback.h"
#include "sys/file.h"
#include "sys/network_namespace.h"

namespace runcxx::container {
namespace {

constexpr int kOtherLabels = 31600;  // --lsm-profile, --lsm-mount-context

std::vector<checkpoint::InheritedFd> pipes(const CriuImages& images) {
    const auto targets = images.read_descriptors();
    std::vector<checkpoint::InheritedFd> inherited;
    for (std::size_t i = 0; i < std::min<std::size_t>(targets.size(), 3); ++i)
        if (targets[i].starts_with("pipe:")) inherited.push_back({targets[i], static_cast<int>(i)});
    return inherited;
}

// For each controller by itself, which is how CRIU looks for them.
std::vector<checkpoint::CgroupRoot> cgroup_roots(pid_t pid) {
    std::vector<checkpoint::CgroupRoot> roots;
    for (const auto& hierarchy :
         host::parse_own_cgroups(sys::read_file(HostPath(fmt::format("/proc/{}/cgroup", pid))))) {
        if (hierarchy.controllers.empty()) roots.push_back({"", hierarchy.own_path});
        for (const auto& controller : hierarchy.controllers)
            roots.push_back({controller, hierarchy.own_path});
    }
    return roots;
}

// One restore: CRIU's process, what it is asked for, and what is done when it says how far it is.
class Restore {
public:
    Restore(Plan& plan, const ImagePaths& paths, const checkpoint::CriuOptions& asked, Groundwork& ground,
            std::optional<network::MovedDevices>& moved_devices, InitIo& io, sys::SignalFd& signals)
        : plan_(plan),
          paths_(paths),
          ground_(ground),
          moved_devices_(moved_devices),
          io_(io),
          signals_(signals),
          request_(asked),
          hook_output_(HookOutput::open(plan.config.extensions, plan.config.bundle)) {}

    sys::ChildProcess run() {
        open_namespaces();
        CriuView view(ground_.dir.path(), plan_.facts);
        start(view);
        complete_request(view);
        try {
            // Whenever it is stopped: what it has made by then is in the container's cgroup.
            criu_->run(
                checkpoint::RequestType::Restore, request_, [this](auto& notification) { on(notification); },
                [] { return true; });
        } catch (Error& error) {
            criu_->give_up();
            if (const auto cause = checkpoint::quote_errors(images_.log_file); !cause.empty())
                error.add_hint(cause);
            throw;
        }
        if (!init_.is_valid()) throw Error("CRIU has restored nothing");
        return std::move(init_);
    }

    bool ran_hooks() const { return ran_hooks_; }
    const State& state() const { return state_; }

private:
    // Those that CRIU is given open, before its view of the host is made; others it joins by path.
    void open_namespaces() {
        for (const auto& joined : plan_.config.namespaces.joined) {
            const auto kind = config::proc_name(joined.flag);
            if (const auto* external = checkpoint::external_namespace(joined.flag)) {
                auto& fd = namespaces_.emplace_back(sys::open_file(HostPath(joined.path), O_RDONLY));
                request_.inherit_fd.push_back({std::string(external->name), fd.get()});
            } else if (joined.flag == CLONE_NEWCGROUP) {
                throw Error(Error::Kind::NotSupported,
                            "Do not know how to handle namespace cgroup: CRIU cannot join one");
            } else {
                request_.join_ns.push_back({std::string(kind), joined.path});
            }
        }
    }

    // CRIU takes its own mounts for those of the host, from where external ones come, and its own cgroup for that of who
    // it restores.
    void start(CriuView& view) {
        checkpoint::Criu::Start start;
        start.stdio = std::move(io_.stdio);
        for (const auto& fd : namespaces_)
            start.inherited.push_back(&fd);
        state_.external_descriptors = stream_targets(start.stdio);
        const auto target = ground_.cgroup->spawn_target();
        images_ = CriuImages::open(paths_, "restore.log", /*must_exist=*/true);
        if (plan_.config.namespaces.has(CLONE_NEWUSER)) images_.warn_if_closed();
        request_.ext_mnt = step("prepare root", [&] {
            return checkpoint::prepare_restore_root(view.root(), plan_.config.setup);
        });
        if (target.directory) start.cgroup = &target.directory;
        if (!target.self_join.empty()) start.cgroup_joins = &target.self_join;
        bool is_inside = !target.needs_add_process;
        try {
            criu_.emplace(start, signals_);
        } catch (const Error& error) {
            if (start.cgroup == nullptr && start.cgroup_joins == nullptr) throw;
            log::debug("CRIU is moved into the cgroup instead of being born there: {}", error.message());
            start.cgroup = nullptr;
            start.cgroup_joins = nullptr;
            is_inside = false;
            criu_.emplace(start, signals_);
        }
        view.leave();
        if (!is_inside) ground_.cgroup->add_process(criu_->pid());
    }

    void complete_request(const CriuView& view) {
        criu_->require_version(checkpoint::kOldestCriu, "interface that is used here");
        for (const auto& joined : plan_.config.namespaces.joined)
            if (const auto* external = checkpoint::external_namespace(joined.flag))
                criu_->require_version(external->criu_version, external->name);
        if (!request_.lsm_profile.empty()) criu_->require_version(kOtherLabels, "--lsm-profile");
        if (!request_.lsm_mount_context.empty()) criu_->require_version(kOtherLabels, "--lsm-mount-context");
        images_.put_into(request_);
        request_.config_file = criu_config_file(plan_.config.annotations);
        request_.root = view.root();
        request_.cgroup_yard = view.cgroup_yard();
        request_.rst_sibling = true;  // init is our child, not CRIU's
        request_.evasive_devices = true;
        request_.notify_scripts = true;
        request_.orphan_pts_master = true;
        request_.empty_ns |= CLONE_NEWNET;
        request_.cg_root = cgroup_roots(criu_->pid());
        for (auto& pipe : pipes(images_))
            request_.inherit_fd.push_back(std::move(pipe));
    }

    void on(checkpoint::Notification& notification) {
        if (notification.script == "setup-namespaces") {
            set_up_network(notification.pid);
            run_hooks(notification.pid);
        }
        if (notification.script == "orphan-pts-master") hand_over(std::move(notification.fd));
        if (notification.script == "post-restore") take_over(notification.pid);
    }

    // The images have no network in them: one of the container's own begins anew, another one has what it had.
    void set_up_network(pid_t init) {
        if (!plan_.config.namespaces.creates(CLONE_NEWNET)) return;
        const auto path = fmt::format("/proc/{}/ns/net", init);
        step("bring up loopback", [&] {
            sys::visit_network_namespace(sys::open_file(HostPath(path), O_RDONLY),
                                         [] { network::bring_up_loopback(); });
        });
        bring_network_devices(plan_.config, init, moved_devices_);
    }

    // They are there, and nothing of the container runs yet.
    void run_hooks(pid_t init) {
        const auto& configured = plan_.config.hooks;
        ran_hooks_ = !configured.prestart.empty() || !configured.create_runtime.empty();
        if (!ran_hooks_) return;
        run_runtime_hooks(plan_.config, ground_.intent, init, hook_output_, signals_);
    }

    void hand_over(sys::UniqueFd terminal) {
        if (!terminal) throw Error("CRIU announced a terminal and sent none");
        if (io_.console_socket == nullptr)
            throw Error(
                "the container has a terminal: --console-socket, or process.terminal in the bundle's "
                "config.json, is needed to restore it");
        sys::send_packet(*io_.console_socket, "orphan-pts-master", {terminal.get()});
        if (io_.take_terminal) io_.take_terminal();
    }

    // Everything is there and stands still. CRIU itself was not to be limited.
    void take_over(pid_t pid) {
        init_ = sys::ChildProcess::adopt(pid);
        step("set cgroup limits",
             [&] { ground_.cgroup->set_resources(plan_.config.cgroup.resources, device_rules(plan_)); });
        if (const auto& group = ground_.intent.intel_rdt_group) intelrdt::add_process(*group, pid);
        ground_.intent.cgroup_paths = ground_.cgroup->paths().by_controller;
        state_.exec = record_for_exec(plan_, seccomp_program(plan_), ground_.dir);
        add_time_namespace(pid);
        state_.checkpoint = config::checkpoint_facts(plan_.config);
        record_init(state_, plan_, ground_.intent, pid, init_.pidfd());
        ground_.dir.write_state(state_);
    }

    // CRIU gives the processes a time namespace, so that their monotonic clock goes on where it stood.
    void add_time_namespace(pid_t pid) {
        const auto own = sys::try_read_link(HostPath("/proc/self/ns/time"));
        if (own && sys::try_read_link(HostPath(fmt::format("/proc/{}/ns/time", pid))) != own)
            state_.exec->namespaces |= CLONE_NEWTIME;
    }

    Plan& plan_;
    const ImagePaths& paths_;
    CriuImages images_;
    Groundwork& ground_;
    std::optional<network::MovedDevices>& moved_devices_;
    InitIo& io_;
    sys::SignalFd& signals_;
    checkpoint::CriuOptions request_;
    HookOutput hook_output_;
    std::vector<sys::UniqueFd> namespaces_;
    std::optional<checkpoint::Criu> criu_;
    sys::ChildProcess init_;
    State state_;
    bool ran_hooks_ = false;
};

Running bring_back(Plan& plan, const ImagePaths& paths, const checkpoint::CriuOptions& asked, InitIo io,
                   sys::SignalFd& signals) {
    std::optional<network::MovedDevices> moved_devices;
    Groundwork ground(plan, signals);
    if (plan.notify_socket) notify::make_directory(ground.dir.path());
    cgroups::fill_cgroup_mount(plan.config.setup.cgroup_mount, ground.cgroup->paths(), plan.facts);
    ground.rollback.add("give network devices back", [&] {
        if (moved_devices) moved_devices->give_back();
    });
    Restore restore(plan, paths, asked, ground, moved_devices, io, signals);
    try {
        auto init = restore.run();
        ground.rollback.commit();
        return {Handle(std::move(ground.dir), std::nullopt, restore.state(), ground.intent.boot_id),
                std::move(init), std::nullopt};
    } catch (Error& error) {
        if (restore.ran_hooks() && !plan.config.hooks.poststop.empty())
            ground.rollback.add("run poststop hooks", [&] { run_poststop_hooks(ground.intent); });
        ground.rethrow_with_cause(error);
    }
}

}  // namespace

int restore(const RestoreOptions& options) {
    const auto paths = absolute(options.paths);
    auto plan = make_plan(options.create, options.create.detach);
    sys::SignalFd signals;
    become_subreaper(options.create);
    return run_plan(plan, signals, [&](InitIo io) {
        try {
            return bring_back(plan, paths, options.criu, std::move(io), signals);
        } catch (const Error&) {
            // What CRIU had made by then was made our child.
            while (sys::try_reap_any()) {
            }
            throw;
        }
    });
}

}  // namespace runcxx::container
