// SPDX-License-Identifier: Apache-2.0
#include "container/exec_plan.h"

#include <sched.h>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/step.h"
#include "config/namespaces.h"
#include "container/caller_files.h"
#include "sys/child_process.h"
#include "sys/file.h"

namespace runcxx::container {
namespace {

void check_status(Status status, bool ignore_paused) {
    if (can_exec(status, ignore_paused)) return;
    if (status == Status::Paused)
        throw Error("cannot exec in a paused container (use --ignore-paused to override)");
    throw Error(fmt::format("cannot exec in a {} container", to_string(status)));
}

oci::Process read_process(const ExecOptions& options, const Intent& made_from) {
    if (!options.process_file.empty()) return load_process(HostPath(options.process_file));
    sys::change_dir(HostPath(made_from.bundle));
    auto spec = load_spec(HostPath(made_from.config_file.empty() ? kSpecFile : made_from.config_file));
    // As in config.json itself: what is missing there is an error even where an option would replace it.
    if (!spec.process) throw Error(Error::Kind::InvalidConfig, "process property must not be empty");
    config::override_process(*spec.process, options.overrides);
    return std::move(*spec.process);
}

void resolve(ExecPlan& plan) {
    const auto& options = plan.options;
    const auto process = read_process(options, plan.container.state()->intent);
    config::check_process(process, plan.facts.selinux_enabled);
    plan.sub_cgroups = config::parse_sub_cgroups(options.cgroups);
    config::check_terminal(process.terminal, options.detach, !options.console_socket.empty());

    auto context = config::exec_context(plan.defaults(), plan.facts);
    context.preserve_fds = options.preserve_fds;
    plan.process = config::resolve_process(process, context);
    if ((plan.defaults().namespaces & CLONE_NEWNS) == 0)
        plan.process.setup.chroot = plan.container.state()->intent.rootfs;
    for (const auto& warning : plan.process.warnings)
        log::warning("{}", warning);
}

}  // namespace

ExecPlan make_exec_plan(const ExecOptions& options) {
    auto container = Handle::load(options.root, options.id);
    auto init_pidfd = container.init_pidfd();
    const auto status = container.status(init_pidfd.is_open());
    check_status(status, options.ignore_paused);
    // A paused container's init may have ended.
    if (!init_pidfd) check_status(Status::Stopped, false);
    if (!container.state()->exec)
        throw Error("the container was made by a version of runcxx that recorded nothing for exec");

    ExecPlan plan{.options = options,
                  .container = std::move(container),
                  .init_pidfd = std::move(init_pidfd),
                  .is_paused = status == Status::Paused,
                  .oom_kills = {},
                  .pid_file = absolute_path(options.pid_file),
                  .process = {},
                  .sub_cgroups = {},
                  .facts = host::probe_lazily()};
    resolve(plan);
    plan.oom_kills = plan.container.cgroup().oom_kill_count();
    return plan;
}

launch::Bootstrap exec_bootstrap(const ExecPlan& plan) {
    launch::Bootstrap bootstrap;
    for (const auto& kind : config::kNamespaceKinds)
        if ((plan.defaults().namespaces & kind.flag) != 0)
            bootstrap.namespaces.joined.push_back(
                {kind.flag, fmt::format("/proc/{}/ns/{}", plan.init_pid(), kind.proc_name)});
    bootstrap.oom_score_adj = plan.defaults().oom_score_adj;
    bootstrap.rootless = plan.facts.effective_uid != 0;
    return bootstrap;
}

}  // namespace runcxx::container
