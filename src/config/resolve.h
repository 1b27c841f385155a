// SPDX-License-Identifier: Apache-2.0
// From what was asked (oci::Spec, options, the host's facts) to what will be done (config::Container): every
// default, every rule and every decoding happens here, once. Texts of errors and warnings are those that
// clients of runc match. What the file system must be asked goes through HostQueries, so that all of it can
// be tested with made-up hosts. Runs in: runtime. Must not: change anything.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/container.h"
#include "config/generated_mappings.h"
#include "host/facts.h"
#include "oci/spec.h"

namespace runcxx::config {

// The options of create and run that a configuration depends on.
struct Options {
    std::string id;
    std::string bundle;  // absolute host path
    bool no_pivot = false;
    bool no_new_keyring = false;
    bool no_subreaper = false;
    bool systemd_cgroup = false;
    bool no_cgroup = false;                // it stays in the cgroups of the caller, without limits
    std::optional<bool> rootless_cgroups;  // --rootless true/false; absent: auto
    std::uint32_t listen_fds = 0;  // passed by socket activation: LISTEN_FDS, when LISTEN_PID is this process
    std::uint32_t preserve_fds = 0;
    std::string seccomp_receiver;  // of crun's environment variable RUN_OCI_SECCOMP_RECEIVER
};

// What a user namespace allows, seen from the runtime's.
struct UserNamespaceFacts {
    std::vector<oci::IdMapping> uid_mappings;
    std::vector<oci::IdMapping> gid_mappings;
    bool setgroups_denied = false;
};

// Ids that an administrator has set aside for a user (subuid(5), subgid(5)).
struct SubordinateIds {
    std::vector<IdRange> uids;
    std::vector<IdRange> gids;
};

// Questions to the file system. Each throws Error with the path and errno in the text.
struct HostQueries {
    // The path of a directory without any symlink. A missing path, or another file, is an error.
    std::function<std::string(const std::string& path)> real_path;
    // The text of a symbolic link; nullopt when the path is none, or cannot be looked up.
    std::function<std::optional<std::string>(const std::string& path)> link_target;
    // Of the namespace behind a path; "" is the runtime's own.
    std::function<UserNamespaceFacts(const std::string& path)> user_namespace;
    std::function<SubordinateIds(uid_t user)> subordinate_ids;
    // Whether the path is the network namespace that the runtime itself runs in.
    std::function<bool(const std::string& path)> is_own_network_namespace;
};

// The real answers.
HostQueries host_queries();

// Everything for create and run except what depends on state: the id being taken, the cgroup, the console
// socket (check_terminal). Order of the checks: process object, empty id, conversion, id format, validation,
// process values; the first failure wins. Warnings are collected, not logged.
// CgroupMount::Hierarchy::host_path is left empty: only the cgroup manager knows it.
// Errors: InvalidConfig.
Container resolve(const oci::Spec& spec, const Options& options, const host::Facts& facts,
                  const HostQueries& queries = host_queries());

// What process setup takes from elsewhere than the process object.
struct ProcessContext {
    bool rootless = false;              // euid is not 0
    bool setgroups_denied = false;      // in the user namespace the process will live in
    bool keep_original_groups = false;  // annotation run.oci.keep_original_groups
    host::Fact<bool> selinux_enabled;   // looked up only for a process with a label
    host::Fact<bool> apparmor_enabled;
    std::string keyring_name;  // "" keeps the caller's
    std::uint32_t listen_fds = 0;
    std::uint32_t preserve_fds = 0;
    // exec: what the container has that `process` leaves out or has no say in. create: nullptr.
    const ExecDefaults* container = nullptr;
};

struct ResolvedProcess {
    ProcessSetup setup;
    std::vector<oci::Rlimit> rlimits;
    CpuAffinity affinity;  // for exec; create keeps it for later
    std::vector<std::string> warnings;
};

// The process object alone: exec, and the last part of resolve(). Errors as resolve().
ResolvedProcess resolve_process(const oci::Process& process, const ProcessContext& context);

// What exec will need of a container, but for `seccomp`, which is known when the filter has been compiled.
ExecDefaults exec_defaults(const Container& container);
// A bind, but for one of type "cgroup", and a link that is copied.
bool brings_the_host_in(const Mount& mount);
// In the order of the mounts. Precondition: as below.
std::vector<Bind> binds(const ContainerSetup& setup);
// What `checkpoint` will need. Precondition: the cgroup mount is filled in (cgroups::fill_cgroup_mount()).
CheckpointFacts checkpoint_facts(const Container& container);
// A ProcessContext for exec in an existing container. The result points to `container`. Whether the container's
// user namespace denies setgroups(2) is found out by init, which is in it.
ProcessContext exec_context(const ExecDefaults& container, const host::Facts& facts);

// The checks that loading a config.json ends with: presence of process, cwd, args. Errors: InvalidConfig.
void check_process(const std::optional<oci::Process>& process, const host::Fact<bool>& selinux_enabled);

// Errors: InvalidConfig when a detached container asks for a terminal without a console socket, or the
// reverse.
void check_terminal(bool terminal, bool will_detach, bool has_console_socket);

// Errors: "container id cannot be empty", "invalid container ID format".
void check_id(const std::string& id);

// resources of `update --resources` or of a config: the checks and clean-ups that need no container
// (device rules are checked and normalised: type set, wildcard numbers absent). Warnings are appended.
void normalise_resources(oci::Resources& resources, std::vector<std::string>& warnings);
// Which values a host can take. Errors: unified on cgroup v1, swap that does not fit the memory limit on v2.
void check_resources(const oci::Resources& resources, const host::Facts& facts);

// The memory.swap.max value that a memory+swap limit means on cgroup v2; nullopt when neither is set, -1 is
// "max". Errors: "unable to set swap limit without memory limit", "invalid memory value: N", "memory+swap
// limit should be >= memory limit".
std::optional<std::int64_t> swap_limit_v2(const oci::Memory& memory);

}  // namespace runcxx::config
