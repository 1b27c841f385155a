// SPDX-License-Identifier: Apache-2.0
// What this host is, as plain data, read once per command by host::probe(); config::resolve() and the cgroup
// manager decide by it, so that both can be tested with made-up hosts. What only rare specs ask for is a
// Fact: looked up when it is first read, or given by a test. Runs in: runtime. Must not: hold fds or change
// the host.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace runcxx::host {

inline constexpr const char* kHybridMount = "/sys/fs/cgroup/unified";  // where systemd puts cgroup2 beside v1

enum class CgroupMode : std::uint8_t {
    None,    // no cgroup file system at /sys/fs/cgroup
    V1,      // controllers on v1 hierarchies only
    Hybrid,  // v1 hierarchies plus a cgroup2 mount at /sys/fs/cgroup/unified
    V2,      // /sys/fs/cgroup is cgroup2
};

// One mounted hierarchy of cgroup v1, or the v2 one (no controllers in its list then).
struct CgroupHierarchy {
    std::vector<std::string> controllers;  // {"cpu","cpuacct"}; {"name=systemd"}; {} for cgroup2
    std::string mount_point;               // "/sys/fs/cgroup/cpu,cpuacct", no symlink
    std::string own_path;                  // this process's cgroup in it (/proc/self/cgroup), "/" at least
};

struct Cgroups {
    CgroupMode mode = CgroupMode::None;
    std::vector<CgroupHierarchy> hierarchies;  // in /proc/self/cgroup's order; exactly one in mode V2
};

// A value that is looked up at most once, when it is first read; a default-constructed or assigned one is
// fixed.
template <class T>
class Fact {
public:
    using Lookup = T (*)();
    Fact() : value_(T{}) {}
    Fact(T value) : value_(std::move(value)) {}
    explicit Fact(Lookup lookup) : lookup_(lookup) {}

    const T& get() const {
        if (!value_) value_ = lookup_();
        return *value_;
    }
    operator const T&() const { return get(); }

private:
    mutable std::optional<T> value_;
    Lookup lookup_ = nullptr;
};

// The file system of Intel RDT and its like, as far as an administrator has mounted it.
struct Resctrl {
    std::string path;                       // its mount point, empty: not mounted
    bool has_cache_allocation = false;      // L3: info/L3 exists
    bool has_bandwidth_allocation = false;  // info/MB exists
};

struct Facts {
    uid_t effective_uid = 0;
    gid_t effective_gid = 0;
    bool in_user_namespace = false;  // of our own: /proc/self/uid_map is not the full identity map
    Cgroups cgroups;
    Fact<bool> systemd_running = false;  // /run/systemd/system exists
    Fact<bool> selinux_enabled = false;
    Fact<bool> apparmor_enabled = false;
    Fact<bool> user_namespaces = true;  // /proc/self/ns/user exists; likewise below
    Fact<bool> cgroup_namespaces = true;
    Fact<bool> time_namespaces = true;
    Fact<Resctrl> resctrl;
    Fact<std::string> newuidmap_path;  // found in PATH, or empty
    Fact<std::string> newgidmap_path;
};

// Errors: only when /proc is unusable. Cheap: no mount table is read unless the usual cgroup paths are wrong,
// so that thousands of host mounts cost nothing.
Facts probe();
// The part that takes no look at the host: our ids, and what is a Fact. Enough for a process in a container that
// is there already, which costs no system call for cgroups then.
Facts probe_lazily();

// Facts::in_user_namespace alone.
bool in_user_namespace();

// The directory of a file system that is mounted at `mount_point` (field 4 of /proc/self/mountinfo), of the
// last such mount; nullopt when nothing is mounted there. Reads the mount table: for nested hosts only.
std::optional<std::string> mount_root(const std::string& mount_point);

// Pure parts, for tests.

// /proc/self/cgroup (cgroups(7)): mount points stay empty. Throws on a line without two colons.
std::vector<CgroupHierarchy> parse_own_cgroups(const std::string& text);
// /proc/self/uid_map (user_namespaces(7)): "0 0 4294967295".
bool is_full_identity_map(const std::string& text);
struct MountPoint {
    std::string root;
    std::string path;
    std::string type;
    std::string super_options;
};
// /proc/self/mountinfo (proc(5)) with \040 and the like decoded; lines that are not understood are left out.
std::vector<MountPoint> parse_mount_table(const std::string& text);

}  // namespace runcxx::host
