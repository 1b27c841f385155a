// SPDX-License-Identifier: Apache-2.0
#include "container/plan.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/step.h"
#include "config/resolve.h"
#include "container/caller_files.h"
#include "notify/notify_proxy.h"
#include "seccomp/compile.h"
#include "sys/environment.h"
#include "sys/file.h"

namespace runcxx::container {
namespace {

// The container notifies a socket of ours, so that it never reaches the manager's own.
void add_notify_socket(oci::Spec& spec, const HostPath& state_dir) {
    oci::Mount mount;
    mount.source = (state_dir / notify::kDirectoryName).str();
    mount.destination = notify::kContainerDirectory;
    mount.type = "bind";
    mount.options = {"bind", "nosuid", "noexec", "nodev", "ro"};
    spec.mounts.push_back(std::move(mount));
    if (spec.process) spec.process->env.push_back(fmt::format("NOTIFY_SOCKET={}", notify::kContainerSocket));
}

}  // namespace

Plan make_plan(const CreateOptions& options, bool detached) {
    Plan plan;
    plan.options = options;
    plan.pid_file = absolute_path(options.pid_file);
    plan.config_file = absolute_path(options.config_file);
    if (!options.bundle.empty()) sys::change_dir(HostPath(options.bundle));
    auto spec = load_spec(plan.config_file.empty() ? HostPath(kSpecFile) : plan.config_file);
    plan.notify_socket = sys::environment_variable("NOTIFY_SOCKET");
    if (plan.notify_socket) add_notify_socket(spec, options.root / options.id);
    plan.facts = host::probe();

    config::Options resolving;
    resolving.id = options.id;
    resolving.bundle = sys::current_dir();
    resolving.no_pivot = options.no_pivot;
    resolving.no_new_keyring = options.no_new_keyring;
    resolving.no_subreaper = options.no_subreaper;
    resolving.systemd_cgroup = options.systemd_cgroup;
    resolving.no_cgroup = options.no_cgroup;
    resolving.rootless_cgroups = options.rootless;
    resolving.listen_fds = options.listen_fds;
    resolving.preserve_fds = options.preserve_fds;
    resolving.seccomp_receiver = sys::environment_variable("RUN_OCI_SECCOMP_RECEIVER").value_or("");
    plan.config = step("resolve configuration", [&] { return config::resolve(spec, resolving, plan.facts); });
    for (const auto& warning : plan.config.warnings)
        log::warning("{}", warning);

    if (plan.options.pidfd_socket.empty()) plan.options.pidfd_socket = plan.config.extensions.pidfd_receiver;
    if (plan.config.seccomp)
        seccomp::check(*plan.config.seccomp, plan.config.extensions.refuse_unknown_syscalls
                                                 ? seccomp::UnknownNames::Refused
                                                 : seccomp::UnknownNames::Skipped);
    config::check_terminal(plan.config.process.terminal, detached, !options.console_socket.empty());
    return plan;
}

}  // namespace runcxx::container
