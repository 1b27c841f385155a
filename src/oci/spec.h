// SPDX-License-Identifier: Apache-2.0
// The container configuration (config.json) of OCI runtime-spec 1.3.0, common and Linux parts, as plain
// structs: what was asked, nothing decided. Member names are the JSON names in snake_case; the list of JSON
// names is spec_fields.h. Runs in: runtime (init only sees the structs embedded in config types). Must not
// know JSON, nor any default or rule.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// GNU modes of the compilers define it, a habit from before C89; __linux__ is what code tests.
#undef linux

namespace runcxx::oci {

// Conventions: std::optional where an absent property means something else than zero, [] or {}; plain members
// where it does not. Enumerations of the spec stay strings: config resolves them, with the error text that
// belongs there.

// The version of the specification that this is, as printed by `spec`, `state`, `features` and `--version`.
inline constexpr std::string_view kSpecVersion = "1.3.0";

using Strings = std::vector<std::string>;
using StringMap = std::map<std::string, std::string>;

struct Box {
    std::uint64_t height = 0;  // rows
    std::uint64_t width = 0;   // columns

    bool operator==(const Box&) const = default;
};

struct User {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::optional<std::uint32_t> umask;
    std::vector<std::uint32_t> additional_gids;

    bool operator==(const User&) const = default;
};

struct Capabilities {
    Strings bounding;  // "CAP_..." names in every set
    Strings effective;
    Strings inheritable;
    Strings permitted;
    Strings ambient;

    bool operator==(const Capabilities&) const = default;
};

struct Rlimit {
    std::string type;  // "RLIMIT_..."
    std::uint64_t hard = 0;
    std::uint64_t soft = 0;

    bool operator==(const Rlimit&) const = default;
};

struct Scheduler {
    std::string policy;  // "SCHED_..."
    std::int32_t nice = 0;
    std::int32_t priority = 0;
    Strings flags;              // "SCHED_FLAG_..."
    std::uint64_t runtime = 0;  // the last three in nanoseconds, SCHED_DEADLINE only
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;

    bool operator==(const Scheduler&) const = default;
};

struct IoPriority {
    std::string class_name;  // "IOPRIO_CLASS_..."; JSON name "class"
    std::int32_t priority = 0;

    bool operator==(const IoPriority&) const = default;
};

struct CpuAffinity {
    std::string initial;  // cpu lists such as "0-3,7"
    std::string final;

    bool operator==(const CpuAffinity&) const = default;
};

struct Process {
    bool terminal = false;
    std::optional<Box> console_size;
    User user;
    Strings args;
    Strings env;  // "NAME=value"
    std::string cwd;
    std::optional<Capabilities> capabilities;  // absent: capabilities are left as they are
    std::vector<Rlimit> rlimits;
    bool no_new_privileges = false;
    std::string apparmor_profile;
    std::optional<std::int32_t> oom_score_adj;
    std::optional<Scheduler> scheduler;
    std::string selinux_label;
    std::optional<IoPriority> io_priority;
    CpuAffinity exec_cpu_affinity;

    bool operator==(const Process&) const = default;
};

struct Root {
    std::string path;  // relative to the bundle, or absolute
    bool readonly = false;

    bool operator==(const Root&) const = default;
};

struct IdMapping {
    std::uint32_t container_id = 0;
    std::uint32_t host_id = 0;
    std::uint32_t size = 0;

    bool operator==(const IdMapping&) const = default;
};

struct Mount {
    std::string destination;
    std::string type;
    std::string source;
    Strings options;
    std::vector<IdMapping> uid_mappings;
    std::vector<IdMapping> gid_mappings;

    bool operator==(const Mount&) const = default;
};

struct Hook {
    std::string path;
    Strings args;
    Strings env;
    std::optional<std::int64_t> timeout;  // seconds; 0 is not the same as absent

    bool operator==(const Hook&) const = default;
};

struct Hooks {
    std::vector<Hook> prestart;
    std::vector<Hook> create_runtime;
    std::vector<Hook> create_container;
    std::vector<Hook> start_container;
    std::vector<Hook> poststart;
    std::vector<Hook> poststop;

    bool operator==(const Hooks&) const = default;
};

struct Namespace {
    std::string type;  // "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"
    std::string path;  // empty: a new one

    bool operator==(const Namespace&) const = default;
};

struct Device {
    std::string path;
    std::string type;  // "c", "b", "u", "p"
    std::int64_t major = 0;
    std::int64_t minor = 0;
    std::optional<std::uint32_t> file_mode;
    std::optional<std::uint32_t> uid;
    std::optional<std::uint32_t> gid;

    bool operator==(const Device&) const = default;
};

struct NetDevice {
    std::string name;  // in the container; empty: as on the host

    bool operator==(const NetDevice&) const = default;
};

struct DeviceCgroup {
    bool allow = false;
    std::string type;  // "a" (also when empty), "c", "b"
    std::optional<std::int64_t> major;
    std::optional<std::int64_t> minor;
    std::string access;  // letters of "rwm"

    bool operator==(const DeviceCgroup&) const = default;
};

struct Memory {
    std::optional<std::int64_t> limit;  // bytes, -1 = unlimited, in the first five
    std::optional<std::int64_t> reservation;
    std::optional<std::int64_t> swap;  // memory plus swap
    std::optional<std::int64_t> kernel;
    std::optional<std::int64_t> kernel_tcp;
    std::optional<std::uint64_t> swappiness;
    std::optional<bool> disable_oom_killer;
    std::optional<bool> use_hierarchy;
    std::optional<bool> check_before_update;

    bool operator==(const Memory&) const = default;
};

struct Cpu {
    std::optional<std::uint64_t> shares;
    std::optional<std::int64_t> quota;  // microseconds, like the next four
    std::optional<std::uint64_t> burst;
    std::optional<std::uint64_t> period;
    std::optional<std::int64_t> realtime_runtime;
    std::optional<std::uint64_t> realtime_period;
    std::string cpus;
    std::string mems;
    std::optional<std::int64_t> idle;

    bool operator==(const Cpu&) const = default;
};

struct Pids {
    std::optional<std::int64_t> limit;

    bool operator==(const Pids&) const = default;
};

struct WeightDevice {
    std::int64_t major = 0;
    std::int64_t minor = 0;
    std::optional<std::uint16_t> weight;
    std::optional<std::uint16_t> leaf_weight;

    bool operator==(const WeightDevice&) const = default;
};

struct ThrottleDevice {
    std::int64_t major = 0;
    std::int64_t minor = 0;
    std::uint64_t rate = 0;  // bytes or operations per second

    bool operator==(const ThrottleDevice&) const = default;
};

struct BlockIo {
    std::optional<std::uint16_t> weight;
    std::optional<std::uint16_t> leaf_weight;
    std::vector<WeightDevice> weight_device;
    std::vector<ThrottleDevice> throttle_read_bps_device;
    std::vector<ThrottleDevice> throttle_write_bps_device;
    std::vector<ThrottleDevice> throttle_read_iops_device;
    std::vector<ThrottleDevice> throttle_write_iops_device;

    bool operator==(const BlockIo&) const = default;
};

struct HugepageLimit {
    std::string page_size;  // "2MB"
    std::uint64_t limit = 0;

    bool operator==(const HugepageLimit&) const = default;
};

struct InterfacePriority {
    std::string name;
    std::uint32_t priority = 0;

    bool operator==(const InterfacePriority&) const = default;
};

struct Network {
    std::optional<std::uint32_t> class_id;
    std::vector<InterfacePriority> priorities;

    bool operator==(const Network&) const = default;
};

struct Rdma {
    std::optional<std::uint32_t> hca_handles;
    std::optional<std::uint32_t> hca_objects;

    bool operator==(const Rdma&) const = default;
};

struct Resources {
    std::vector<DeviceCgroup> devices;
    Memory memory;
    Cpu cpu;
    Pids pids;
    BlockIo block_io;
    std::vector<HugepageLimit> hugepage_limits;
    Network network;
    std::map<std::string, Rdma> rdma;  // by device name
    StringMap unified;                 // cgroup v2 file name -> content

    bool operator==(const Resources&) const = default;
};

struct SeccompArg {
    std::uint32_t index = 0;
    std::uint64_t value = 0;
    std::uint64_t value_two = 0;
    std::string op;  // "SCMP_CMP_..."

    bool operator==(const SeccompArg&) const = default;
};

struct Syscall {
    Strings names;
    std::string action;  // "SCMP_ACT_..."
    std::optional<std::uint32_t> errno_ret;
    std::vector<SeccompArg> args;

    bool operator==(const Syscall&) const = default;
};

struct Seccomp {
    std::string default_action;
    std::optional<std::uint32_t> default_errno_ret;
    Strings architectures;
    std::optional<Strings> flags;  // absent asks for the default flags, [] for none
    std::string listener_path;
    std::string listener_metadata;
    std::vector<Syscall> syscalls;

    bool operator==(const Seccomp&) const = default;
};

struct IntelRdt {
    std::string clos_id;
    Strings schemata;
    std::string l3_cache_schema;
    std::string mem_bw_schema;
    bool enable_monitoring = false;

    bool operator==(const IntelRdt&) const = default;
};

struct MemoryPolicy {
    std::string mode;  // "MPOL_..."
    std::string nodes;
    Strings flags;  // "MPOL_F_..."

    bool operator==(const MemoryPolicy&) const = default;
};

struct Personality {
    std::string domain;  // "LINUX", "LINUX32"
    Strings flags;

    bool operator==(const Personality&) const = default;
};

struct TimeOffset {
    std::int64_t secs = 0;
    std::uint32_t nanosecs = 0;

    bool operator==(const TimeOffset&) const = default;
};

struct Linux {
    std::vector<IdMapping> uid_mappings;
    std::vector<IdMapping> gid_mappings;
    StringMap sysctl;
    std::optional<Resources> resources;
    std::string cgroups_path;
    std::vector<Namespace> namespaces;
    std::vector<Device> devices;
    std::map<std::string, NetDevice> net_devices;  // by name on the host
    std::optional<Seccomp> seccomp;
    std::string rootfs_propagation;
    Strings masked_paths;
    Strings readonly_paths;
    std::string mount_label;
    std::optional<IntelRdt> intel_rdt;
    std::optional<MemoryPolicy> memory_policy;
    std::optional<Personality> personality;
    std::map<std::string, TimeOffset> time_offsets;  // by clock, "boottime" or "monotonic"

    bool operator==(const Linux&) const = default;
};

struct Spec {
    std::string oci_version;
    std::optional<Process> process;
    std::optional<Root> root;
    std::string hostname;
    std::string domainname;
    std::vector<Mount> mounts;
    Hooks hooks;
    StringMap annotations;
    std::optional<Linux> linux;

    bool operator==(const Spec&) const = default;
};

}  // namespace runcxx::oci
