// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "config/capabilities.h"
#include "config/cpu_list.h"
#include "config/environment.h"
#include "config/id_mappings.h"
#include "config/invalid_config.h"
#include "config/resolve.h"
#include "config/scheduling.h"
#include "sys/limits.h"

namespace runcxx::config {
namespace {

constexpr std::uint32_t kDefaultUmask = 022;

std::vector<std::uint64_t> parse_affinity(const std::string& list, std::string_view field) {
    try {
        return parse_cpu_list(list);
    } catch (Error& error) {
        error.add_context(fmt::format("bad CPUAffinity.{}", field));
        throw;
    }
}

void check_rlimits(const std::vector<oci::Rlimit>& rlimits) {
    for (const auto& each : rlimits)
        if (!sys::limit_number(each.type)) throw invalid("wrong rlimit value: {}", each.type);
}

oci::Strings environment(const oci::Process& process, std::uint32_t listen_fds) {
    auto env = process.env;
    if (listen_fds > 0) {
        env.push_back(fmt::format("LISTEN_FDS={}", listen_fds));
        env.emplace_back("LISTEN_PID=1");
    }
    return resolve_environment(env);
}

void check_labels(const ProcessSetup& setup, const ProcessContext& context) {
    if (!setup.selinux_label.empty() && !context.selinux_enabled)
        throw invalid("selinux label is specified in config, but selinux is disabled or not supported");
    if (!setup.apparmor_profile.empty() && !context.apparmor_enabled)
        throw invalid(
            "unable to apply apparmor profile: apparmor: config provided but apparmor not supported");
}

void take_over(const ExecDefaults& from, ResolvedProcess& process) {
    auto& setup = process.setup;
    setup.umask = from.umask;
    setup.personality = from.personality;
    setup.memory_policy = from.memory_policy;
    setup.keyring_name = from.keyring_name;
    if (!setup.capabilities) setup.capabilities = from.capabilities;
    if (setup.selinux_label.empty()) setup.selinux_label = from.selinux_label;
    if (!setup.scheduler) setup.scheduler = from.scheduler;
    if (!setup.io_priority) setup.io_priority = from.io_priority;
    if (process.affinity.initial.empty() && process.affinity.final.empty()) process.affinity = from.affinity;
}

}  // namespace

void check_process(const std::optional<oci::Process>& process, const host::Fact<bool>& selinux_enabled) {
    if (!process) throw invalid("process property must not be empty");
    if (process->cwd.empty()) throw invalid("Cwd property must not be empty");
    if (!process->cwd.starts_with('/')) throw invalid("Cwd must be an absolute path");
    if (process->args.empty()) throw invalid("args must not be empty");
    if (!process->selinux_label.empty() && !selinux_enabled)
        throw invalid("selinux label is specified in config, but selinux is disabled or not supported");
}

void check_terminal(bool terminal, bool will_detach, bool has_console_socket) {
    if (will_detach && terminal && !has_console_socket)
        throw invalid("cannot allocate tty if runc will detach without setting console socket");
    if ((!will_detach || !terminal) && has_console_socket)
        throw invalid("cannot use console socket if runc will not detach or allocate tty");
}

ResolvedProcess resolve_process(const oci::Process& process, const ProcessContext& context) {
    ResolvedProcess result;
    check_rlimits(process.rlimits);
    result.rlimits = process.rlimits;
    result.affinity.initial = parse_affinity(process.exec_cpu_affinity.initial, "Initial");
    result.affinity.final = parse_affinity(process.exec_cpu_affinity.final, "Final");

    auto& setup = result.setup;
    setup.args = process.args;
    setup.env = environment(process, context.listen_fds);
    setup.cwd = process.cwd;
    setup.uid = process.user.uid;
    setup.gid = process.user.gid;
    setup.additional_gids = process.user.additional_gids;
    if (context.keep_original_groups) setup.additional_gids.clear();
    if (context.rootless && !setup.additional_gids.empty())
        throw invalid("cannot set any additional groups in a rootless container");
    setup.set_groups = !context.rootless && !context.setgroups_denied && !context.keep_original_groups;
    if (process.capabilities)
        setup.capabilities = resolve_capabilities(*process.capabilities, result.warnings);
    setup.no_new_privileges = process.no_new_privileges;
    setup.apparmor_profile = process.apparmor_profile;
    setup.selinux_label = process.selinux_label;
    if (process.scheduler) setup.scheduler = resolve_scheduler(*process.scheduler);
    if (process.io_priority) setup.io_priority = resolve_io_priority(*process.io_priority);
    setup.terminal = process.terminal;
    if (process.console_size) {
        setup.console_rows = static_cast<std::uint16_t>(process.console_size->height);
        setup.console_columns = static_cast<std::uint16_t>(process.console_size->width);
    }
    setup.preserved_fds = context.listen_fds + context.preserve_fds;
    if (context.container != nullptr) {
        take_over(*context.container, result);
    } else {
        setup.umask = process.user.umask.value_or(kDefaultUmask);
        setup.keyring_name = context.keyring_name;
    }
    check_labels(setup, context);
    return result;
}

ExecDefaults exec_defaults(const Container& container) {
    const auto& process = container.process;
    ExecDefaults defaults;
    defaults.namespaces = container.namespaces.create_flags;
    for (const auto& each : container.namespaces.joined)
        defaults.namespaces |= each.flag;
    defaults.uid_mappings = container.uid_mappings;
    defaults.gid_mappings = container.gid_mappings;
    defaults.oom_score_adj = container.oom_score_adj;
    defaults.umask = container.umask;
    defaults.personality = process.personality;
    defaults.memory_policy = process.memory_policy;
    defaults.keyring_name = process.keyring_name;
    defaults.capabilities = process.capabilities;
    defaults.selinux_label = process.selinux_label;
    defaults.scheduler = process.scheduler;
    defaults.io_priority = process.io_priority;
    defaults.affinity = container.exec_affinity;
    defaults.keep_original_groups = container.extensions.keep_original_groups;
    return defaults;
}

ProcessContext exec_context(const ExecDefaults& container, const host::Facts& facts) {
    ProcessContext context;
    context.rootless = facts.effective_uid != 0;
    context.keep_original_groups = container.keep_original_groups;
    context.selinux_enabled = facts.selinux_enabled;
    context.apparmor_enabled = facts.apparmor_enabled;
    context.container = &container;
    return context;
}

}  // namespace runcxx::config
