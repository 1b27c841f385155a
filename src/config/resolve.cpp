// SPDX-License-Identifier: Apache-2.0
#include "config/resolve.h"

#include <linux/mount.h>
#include <sched.h>

#include <algorithm>

#include "base/paths.h"
#include "config/annotations.h"
#include "config/cgroup.h"
#include "config/cpu_list.h"
#include "config/devices.h"
#include "config/id_mappings.h"
#include "config/intel_rdt.h"
#include "config/invalid_config.h"
#include "config/mount_options.h"
#include "config/mounts.h"
#include "config/namespaces.h"
#include "config/net_devices.h"
#include "config/scheduling.h"
#include "config/sysctl.h"
#include "config/user_namespace.h"

namespace runcxx::config {
namespace {

class Resolver {
public:
    Resolver(const oci::Spec& spec, const Options& options, const host::Facts& facts,
             const HostQueries& queries)
        : spec_(spec),
          linux_(spec.linux ? *spec.linux : no_linux_),
          options_(options),
          facts_(facts),
          queries_(queries) {}

    Container run() {
        check_process(spec_.process, facts_.selinux_enabled);
        if (options_.id.empty()) check_id(options_.id);
        convert();
        check_id(options_.id);
        validate();
        resolve_process_part();
        return std::move(out_);
    }

private:
    // ------------------------------------------------------------ conversion, in the order of runc's
    void convert() {
        if (!spec_.root) throw invalid("root must be specified");
        out_.id = options_.id;
        out_.bundle = options_.bundle;
        out_.annotations = spec_.annotations;
        out_.extensions = read_annotations(spec_.annotations, out_.warnings);
        out_.rootless = facts_.effective_uid != 0;
        out_.no_subreaper = options_.no_subreaper;
        out_.hooks = spec_.hooks;

        convert_root();
        out_.setup.mounts = resolve_mounts(spec_.mounts, options_.bundle, out_.warnings);
        copy_symlinks(out_.setup.mounts, spec_.mounts, queries_);
        resolve_devices(linux_.devices, false);  // only its errors: owners depend on the namespaces
        out_.cgroup = resolve_cgroup(linux_, spec_.annotations, options_, facts_, out_.warnings);
        convert_propagation();
        out_.namespaces = resolve_namespaces(linux_.namespaces);
        if (out_.namespaces.has(CLONE_NEWUSER))
            setgroups_denied_ = resolve_user_namespace(linux_, facts_, queries_, out_);
        convert_setup();
        out_.cgroup.owner_uid = resolve_cgroup_owner(out_, spec_.process->user.uid, facts_);
        if (linux_.memory_policy) memory_policy_ = parse_memory_policy(*linux_.memory_policy);
        if (linux_.personality) personality_ = resolve_personality(*linux_.personality, out_.warnings);
        convert_process();
    }

    void convert_root() {
        const auto& path = spec_.root->path;
        out_.setup.rootfs = path.starts_with('/') ? clean_path(path) : join_path(options_.bundle, path);
        out_.setup.readonly_rootfs = spec_.root->readonly;
        out_.setup.no_pivot = options_.no_pivot;
    }

    void convert_propagation() {
        const auto& word = linux_.rootfs_propagation;
        if (word.empty()) return;
        const auto flags = parse_propagation(word);
        if (!flags) throw invalid("rootfsPropagation={} is not supported", word);
        // A chroot by move can be left, and then private mounts of the host would be within reach.
        if (options_.no_pivot && (*flags & MS_PRIVATE) != 0)
            throw invalid("rootfsPropagation of [r]private is not safe without pivot_root");
        out_.setup.rootfs_propagation = *flags;
    }

    void convert_setup() {
        auto& setup = out_.setup;
        const auto& namespaces = out_.namespaces;
        const bool own_user_namespace = namespaces.has(CLONE_NEWUSER);
        apply_inline_maps(setup.mounts, spec_.mounts, out_.uid_mappings, out_.gid_mappings);
        apply_user_namespace(setup.mounts, namespaces, out_.uid_mappings, out_.gid_mappings, out_.rootless);
        setup.devices = resolve_devices(linux_.devices, own_user_namespace);
        setup.populate_dev = wants_own_dev(setup.mounts);
        setup.has_mount_namespace = namespaces.has(CLONE_NEWNS);
        setup.has_user_namespace = own_user_namespace || facts_.in_user_namespace;
        setup.rootless = out_.rootless;
        setup.bring_up_loopback = namespaces.creates(CLONE_NEWNET);
        setup.cgroup_mount = resolve_cgroup_mount(facts_.cgroups, namespaces);
        setup.masked_paths = linux_.masked_paths;
        setup.readonly_paths = linux_.readonly_paths;
        setup.mount_label = linux_.mount_label;
        if (!setup.mount_label.empty())
            setup.label_option =
                fmt::format("{}=\"{}\"", out_.extensions.mount_context_type, setup.mount_label);
        setup.hostname = spec_.hostname;
        setup.domainname = spec_.domainname;
        const auto& hooks = spec_.hooks;
        setup.create_container_hooks = hooks.create_container;
        setup.stops_before_pivot = !hooks.prestart.empty() || !hooks.create_runtime.empty() ||
                                   !hooks.create_container.empty() || !linux_.net_devices.empty() ||
                                   spec_.process->scheduler || linux_.memory_policy;
        out_.time_offsets = linux_.time_offsets;
        out_.net_devices = linux_.net_devices;
        out_.intel_rdt = linux_.intel_rdt;
        convert_seccomp();
    }

    void convert_seccomp() {
        // No action and no rule is how a profile says that it is none.
        if (!linux_.seccomp || (linux_.seccomp->default_action.empty() && linux_.seccomp->syscalls.empty()))
            return;
        if (out_.extensions.seccomp_program) return;
        out_.seccomp = linux_.seccomp;
        auto& listener = out_.seccomp->listener_path;
        if (listener.empty()) listener = out_.extensions.seccomp_receiver;
        if (listener.empty()) listener = options_.seccomp_receiver;
    }

    void convert_process() {
        const auto& process = *spec_.process;
        out_.oom_score_adj = process.oom_score_adj;
        out_.umask = process.user.umask;
    }

    // ------------------------------------------------------------ validation, in the order of runc's
    void validate() {
        check_resources(out_.cgroup.resources, facts_);
        validate_rootfs();
        check_net_devices(out_.net_devices, out_.namespaces, out_.rootless || out_.cgroup.rootless);
        validate_names();
        validate_restrictions();
        validate_namespaces();
        out_.setup.sysctls = resolve_sysctls(linux_.sysctl, out_.namespaces, queries_);
        if (out_.intel_rdt) check_intel_rdt(*out_.intel_rdt, facts_.resctrl);
        if (out_.rootless) validate_rootless();
        check_mounts(out_.setup.mounts, out_.rootless);
        if (spec_.process->scheduler) resolve_scheduler(*spec_.process->scheduler);
        if (spec_.process->io_priority) resolve_io_priority(*spec_.process->io_priority);
        if (memory_policy_) check_memory_policy(*memory_policy_);
        warn_of_mounts();
    }

    void validate_rootfs() const {
        std::string real;
        try {
            real = queries_.real_path(out_.setup.rootfs);
        } catch (Error& error) {
            error.add_context("invalid rootfs");
            throw;
        }
        if (real != out_.setup.rootfs) throw invalid("invalid rootfs: not an absolute path, or a symlink");
    }

    void validate_names() const {
        if (out_.namespaces.has(CLONE_NEWUTS)) return;
        if (!spec_.hostname.empty()) throw invalid("unable to set hostname without a private UTS namespace");
        if (!spec_.domainname.empty())
            throw invalid("unable to set domainname without a private UTS namespace");
    }

    void validate_restrictions() const {
        if (!(linux_.masked_paths.empty() && linux_.readonly_paths.empty()) &&
            !out_.namespaces.has(CLONE_NEWNS))
            throw invalid("unable to restrict sys entries without a private MNT namespace");
    }

    void validate_namespaces() const {
        const auto& namespaces = out_.namespaces;
        if (namespaces.has(CLONE_NEWUSER) && !facts_.user_namespaces)
            throw invalid("user namespaces aren't enabled in the kernel");
        if (namespaces.has(CLONE_NEWCGROUP) && !facts_.cgroup_namespaces)
            throw invalid("cgroup namespaces aren't enabled in the kernel");
        if (!namespaces.has(CLONE_NEWTIME)) {
            if (!linux_.time_offsets.empty())
                throw invalid(
                    "time namespace offsets specified, but time namespace isn't enabled in the config");
            return;
        }
        if (!facts_.time_namespaces) throw invalid("time namespaces aren't enabled in the kernel");
        if (!path_of(namespaces, CLONE_NEWTIME).empty() && !linux_.time_offsets.empty())
            throw invalid(
                "time namespace enabled, but both namespace path and time offsets specified -- you may "
                "only provide one");
    }

    void validate_rootless() const {
        if (!out_.namespaces.has(CLONE_NEWUSER)) throw invalid("rootless container requires user namespaces");
        // That there are mappings was seen when container root was looked up in them.
        check_rootless_mounts(out_.setup.mounts, out_.namespaces, out_.uid_mappings, out_.gid_mappings);
    }

    void warn_of_mounts() {
        const auto relative =
            std::find_if(spec_.mounts.begin(), spec_.mounts.end(),
                         [](const oci::Mount& each) { return !each.destination.starts_with('/'); });
        if (relative != spec_.mounts.end())
            out_.warnings.push_back(
                fmt::format("configuration: mount {}: relative destination path is "
                            "**deprecated**, using it as relative to /",
                            relative->destination));
        if (!out_.setup.has_mount_namespace && !spec_.mounts.empty())
            out_.warnings.push_back(
                fmt::format("the container has no mount namespace: its {} mounts below {} are "
                            "made on the host and stay there",
                            spec_.mounts.size(), out_.setup.rootfs));
    }

    // ------------------------------------------------------------ the process
    void resolve_process_part() {
        ProcessContext context;
        context.rootless = out_.rootless;
        context.setgroups_denied =
            setgroups_denied_.has_value()
                ? *setgroups_denied_
                : facts_.in_user_namespace && queries_.user_namespace({}).setgroups_denied;
        context.keep_original_groups = out_.extensions.keep_original_groups;
        context.selinux_enabled = facts_.selinux_enabled;
        context.apparmor_enabled = facts_.apparmor_enabled;
        if (!options_.no_new_keyring) context.keyring_name = "_ses." + options_.id;
        context.listen_fds = options_.listen_fds;
        context.preserve_fds = options_.preserve_fds;

        auto resolved = resolve_process(*spec_.process, context);
        out_.process = std::move(resolved.setup);
        out_.exec_affinity = std::move(resolved.affinity);
        out_.process.personality = personality_;
        out_.process.memory_policy = std::move(memory_policy_);
        out_.process.start_container_hooks = spec_.hooks.start_container;
        out_.rlimits = std::move(resolved.rlimits);
        out_.warnings.insert(out_.warnings.end(), resolved.warnings.begin(), resolved.warnings.end());
    }

    const oci::Linux no_linux_{};
    const oci::Spec& spec_;
    const oci::Linux& linux_;
    const Options& options_;
    const host::Facts& facts_;
    const HostQueries& queries_;
    Container out_;
    std::optional<bool> setgroups_denied_;  // of a joined user namespace
    std::optional<std::uint64_t> personality_;
    std::optional<MemoryPolicySetup> memory_policy_;
};

}  // namespace

Container resolve(const oci::Spec& spec, const Options& options, const host::Facts& facts,
                  const HostQueries& queries) {
    return Resolver(spec, options, facts, queries).run();
}

void check_id(const std::string& id) {
    if (id.empty()) throw invalid("container id cannot be empty");
    const bool good = std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '+' || c == '-' || c == '.';
    });
    if (!good || id == "." || id == "..") throw invalid("invalid container ID format");
}

}  // namespace runcxx::config
