// SPDX-License-Identifier: Apache-2.0
// What will be done: the resolved configuration. Made by config::resolve() on the runtime side; the parts
// named *Setup cross to init as bytes (sync/codec.h), so they hold numbers, flags and bytes, no undecided
// option. A value that needs no decoding is embedded from oci/spec.h instead of being declared again. Runs
// in: either. Must not: contain code that applies it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dbus/value.h"
#include "oci/spec.h"
#include "oci/state.h"

namespace runcxx::config {

// Bits of linux/sched.h (CLONE_NEW*), so that config needs no kernel header order of its own.
struct NamespacePath {
    std::uint32_t flag = 0;  // CLONE_NEWNET, ...
    std::string path;        // host path
};

struct Namespaces {
    std::uint32_t create_flags = 0;     // CLONE_NEW* of the namespaces that are made
    std::vector<NamespacePath> joined;  // in joining order, user first

    // Made or joined: the container has one of its own.
    bool has(std::uint32_t flag) const;
    bool creates(std::uint32_t flag) const { return (create_flags & flag) != 0; }
};

// ---------------------------------------------------------------- for init: the container (create only)

enum class IdMap : std::uint8_t { None, Flat, Recursive };

struct Mount {
    std::string source;       // binds: absolute host path; cgroup: unused; else the file system's source text
    std::string destination;  // container path, absolute, cleaned
    std::string type;         // file system type; "bind" when flags has MS_BIND; "cgroup" is special
    std::uint64_t flags = 0;  // MS_* to set (linux/mount.h), without propagation
    std::uint64_t cleared_flags = 0;         // MS_* the spec explicitly clears ("rw", "dev", ...)
    std::vector<std::uint64_t> propagation;  // MS_SHARED|MS_REC, ... one mount(2) each, in order
    std::uint64_t recursive_attr_set = 0;    // MOUNT_ATTR_* for mount_setattr(AT_RECURSIVE); binds only
    std::uint64_t recursive_attr_clear = 0;
    std::string data;      // file-system options
    bool copy_up = false;  // tmpcopyup
    IdMap id_map = IdMap::None;
    std::vector<oci::IdMapping> uid_mappings;  // of an id-mapped mount, resolved (own, or the container's)
    std::vector<oci::IdMapping> gid_mappings;
    std::string id_map_user_namespace;  // path of a joined user namespace to map by; empty: the mappings
    bool source_from_runtime = false;   // init asks the runtime for an fd of the source (sync)
    // Binds only. symlink_target: the source is a link, and a link with this text is made instead of a mount.
    std::string symlink_target;
    bool source_nofollow = false;  // a link is bound itself
    bool destination_nofollow = false;
};

struct DeviceNode {
    std::string path;  // container path
    char type = 'c';   // 'c', 'b' or 'p'; 'u' is resolved to 'c'
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    std::uint32_t mode = 0666;  // permission bits only
    std::uint32_t uid = 0;      // container ids
    std::uint32_t gid = 0;
};

// How /sys/fs/cgroup is built inside (mount type "cgroup").
struct CgroupMount {
    bool unified = false;        // v2: one cgroup2 mount
    bool own_namespace = false;  // the container has a cgroup namespace
    struct Hierarchy {
        std::vector<std::string> controllers;  // as in host::CgroupHierarchy
        std::string directory;                 // below /sys/fs/cgroup inside: "cpu,cpuacct", "systemd"
        std::string host_path;  // the container's own cgroup on the host, to bind without a cgroup namespace
    };
    std::vector<Hierarchy> hierarchies;  // exactly one in unified mode (directory "")
};

struct ContainerSetup {
    std::string rootfs;  // absolute host path without symlinks
    bool readonly_rootfs = false;
    std::uint64_t rootfs_propagation = 0;  // MS_* with MS_REC as given; 0: the default (MS_SLAVE|MS_REC)
    bool no_pivot = false;
    bool has_mount_namespace = false;
    bool has_user_namespace =
        false;              // made or joined, or the runtime itself lives in one: devices are bound, not made
    bool rootless = false;  // the runtime's euid is not 0
    bool bring_up_loopback = false;
    std::vector<Mount> mounts;
    bool populate_dev = true;         // false when a bind mount sits on /dev
    std::vector<DeviceNode> devices;  // configured ones and the defaults they do not replace
    CgroupMount cgroup_mount;
    std::vector<std::string> masked_paths;
    std::vector<std::string> readonly_paths;
    std::vector<std::pair<std::string, std::string>> sysctls;  // key with '.', validated
    std::string hostname;                                      // empty: unchanged
    std::string domainname;
    std::string mount_label;
    std::string label_option;  // how file systems are told of it: context="<mount_label>"; empty: no label
    std::vector<oci::Hook> create_container_hooks;
    // The runtime has something to do before pivot_root and before the sysctls: hooks that must see the rootfs, network
    // devices to bring, a cpuset, on which it depends whether the kernel takes the scheduler or the memory policy.
    bool stops_before_pivot = false;
};

// ---------------------------------------------------------------- for init: a process (create and exec)

struct CapabilitySets {  // bit n = capability n
    std::uint64_t bounding = 0;
    std::uint64_t effective = 0;
    std::uint64_t inheritable = 0;
    std::uint64_t permitted = 0;
    std::uint64_t ambient = 0;
};

struct SchedulerSetup {  // struct sched_attr, sched_setattr(2)
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0, deadline = 0, period = 0;  // ns
};

struct MemoryPolicySetup {                 // set_mempolicy(2)
    std::int32_t mode = 0;                 // MPOL_* with MPOL_F_* bits
    std::vector<std::uint64_t> node_mask;  // bit n of word n/64
};

// A compiled filter, ready for seccomp(2).
struct SeccompProgram {
    std::vector<std::uint8_t> instructions;  // array of struct sock_filter
    std::uint32_t flags = 0;                 // SECCOMP_FILTER_FLAG_*
    bool has_listener = false;               // SECCOMP_FILTER_FLAG_NEW_LISTENER is among them
};

// sched_setaffinity(2) masks: bit n of word n/64; empty: unchanged.
struct CpuAffinity {
    std::vector<std::uint64_t> initial;  // before the process is in its cgroup
    std::vector<std::uint64_t> final;    // afterwards
};

struct ProcessSetup {
    std::vector<std::string> args;
    std::vector<std::string> env;
    std::string cwd;     // container path
    std::string chroot;  // exec, in a container without a mount namespace: its rootfs on the host
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> additional_gids;
    bool set_groups = true;              // false: setgroups(2) is not possible or not wanted
    std::optional<std::uint32_t> umask;  // create: always set (022 by default); exec: only when configured
    std::optional<CapabilitySets> capabilities;  // absent: unchanged
    bool no_new_privileges = false;
    std::string apparmor_profile;
    std::string selinux_label;
    std::optional<SchedulerSetup> scheduler;
    std::optional<std::int32_t> io_priority;  // ioprio_set(2) value: class << 13 | level
    std::optional<std::uint64_t> personality;
    std::optional<MemoryPolicySetup> memory_policy;
    bool terminal = false;
    std::uint16_t console_rows = 0;  // 0x0: unchanged
    std::uint16_t console_columns = 0;
    std::string keyring_name;         // "_ses.<id>"; empty: keep the caller's session keyring
    std::uint32_t preserved_fds = 0;  // fds 3 .. 3+n-1 stay open over execve
    std::vector<oci::Hook> start_container_hooks;
};

// Everything init is told. `container` is absent for exec.
struct Init {
    oci::State hook_state;  // for hooks that run in init, which fills in pid and status
    std::uint8_t log_level = 4;
    bool wait_for_start = false;  // create: read from the exec fifo before execve
    std::optional<ContainerSetup> container;
    ProcessSetup process;
};

// ---------------------------------------------------------------- for the runtime

// How to install the container's filter again. The program is beside the record (StateDir).
struct SeccompRecord {
    std::uint32_t flags = 0;
    bool has_listener = false;
    std::string listener_path;
    std::string listener_metadata;
};

// What exec takes from the container and not, or not only, from its own process object.
struct ExecDefaults {
    std::uint32_t namespaces = 0;              // CLONE_NEW* of those that were made or joined
    std::vector<oci::IdMapping> uid_mappings;  // of the user namespace, if it has one
    std::vector<oci::IdMapping> gid_mappings;
    std::optional<std::int32_t> oom_score_adj;
    std::optional<std::uint32_t> umask;
    std::optional<std::uint64_t> personality;
    std::optional<MemoryPolicySetup> memory_policy;
    std::string keyring_name;
    std::optional<SeccompRecord> seccomp;
    // The rest only where the process object has none.
    std::optional<CapabilitySets> capabilities;
    std::string selinux_label;
    std::optional<SchedulerSetup> scheduler;
    std::optional<std::int32_t> io_priority;
    CpuAffinity affinity;
    bool keep_original_groups = false;  // annotation run.oci.keep_original_groups
};

// Something of the host that is bound into the container.
struct Bind {
    static constexpr std::size_t kNoMount = static_cast<std::size_t>(-1);

    std::string destination;
    std::string source;
    std::size_t mount = kNoMount;  // which of ContainerSetup::mounts it is, if it is one
};

// What a checkpoint has to know of the configuration: what of the container is not its own.
struct CheckpointFacts {
    std::vector<std::string> bind_mounts;  // destinations, as configured
    std::vector<std::string> masked_paths;
    std::vector<NamespacePath> joined_namespaces;
    bool has_id_mapped_mounts = false;  // of which CRIU knows nothing
};

// What annotations ask for beyond the specification (config/annotations.h).
struct Extensions {
    std::string
        hook_stdout;  // files that the output of hooks is appended to; relative to the bundle; empty: none
    std::string hook_stderr;
    bool keep_original_groups = false;              // the caller's groups stay, setgroups(2) is not called
    std::string mount_context_type = "context";     // the mount option that a label is given by
    std::string pidfd_receiver;                     // socket that gets init's pidfd, as with --pidfd-socket
    std::string seccomp_receiver;                   // stands for an absent listenerPath
    std::optional<SeccompProgram> seccomp_program;  // stands for linux.seccomp
    bool refuse_unknown_syscalls = false;           // a name in linux.seccomp that nobody knows is an error
};

enum class CgroupDriver : std::uint8_t { Cgroupfs, Systemd, Disabled };

// A property of a systemd unit, of the D-Bus type that systemd expects.
struct SystemdProperty {
    std::string name;
    dbus::Value value;

    bool operator==(const SystemdProperty&) const = default;
};

// The unit that systemd is to make for the container.
struct SystemdUnit {
    std::string slice;  // "system.slice"; empty: the driver's default
    std::string name;   // "runc-ID.scope", or a slice
    std::string description;
    std::vector<SystemdProperty> properties;  // asked for by annotations; only the creation needs them

    bool is_slice() const { return name.ends_with(".slice"); }
};

struct Cgroup {
    CgroupDriver driver = CgroupDriver::Cgroupfs;
    std::string path;       // cgroupfs: as in linux.cgroupsPath; empty: the driver chooses from the id
    SystemdUnit unit;       // systemd
    bool rootless = false;  // failures to create or join are forgiven where runc forgives them
    std::optional<std::uint32_t> owner_uid;  // v2: host id of who may manage the cgroup from inside
    oci::Resources resources;
};

struct Container {
    std::string id;
    std::string bundle;  // absolute host path
    oci::StringMap annotations;
    Namespaces namespaces;
    std::vector<oci::IdMapping> uid_mappings;  // of the container's new user namespace
    std::vector<oci::IdMapping> gid_mappings;
    std::map<std::string, oci::TimeOffset> time_offsets;
    std::optional<std::int32_t> oom_score_adj;
    std::optional<std::uint32_t> umask;  // as configured, for exec: process.umask has the default in it
    CpuAffinity exec_affinity;           // for exec alone
    bool rootless = false;               // euid is not 0
    bool no_subreaper = false;
    Cgroup cgroup;
    std::map<std::string, oci::NetDevice> net_devices;  // by name on the host
    std::optional<oci::IntelRdt> intel_rdt;
    oci::Hooks hooks;
    std::vector<oci::Rlimit> rlimits;     // applied by the runtime with prlimit(2); names are valid
    std::optional<oci::Seccomp> seccomp;  // compiled when init is ready for it
    Extensions extensions;
    ContainerSetup setup;
    ProcessSetup process;
    std::vector<std::string> warnings;  // to be logged once by the caller
};

}  // namespace runcxx::config
