// SPDX-License-Identifier: Apache-2.0
#include "support/requirements.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "support/fd.h"
#include "support/isolation.h"
#include "support/process.h"
#include "support/runtime.h"

namespace runcxx::tests {

namespace {

struct Requirement {
    const char* tag;
    std::string lacking;                // reason when old runc (or any, see only_ours) lacks it, else ""
    std::function<std::string()> host;  // reason when the host lacks it
    bool only_ours = false;             // promised by runcxx alone
};

bool is_cgroup2_root() {
    struct statfs facts;
    return statfs("/sys/fs/cgroup", &facts) == 0 && facts.f_type == 0x63677270;
}

std::string always() {
    return "";
}

std::function<std::string()> exists(const char* path) {
    return [path] {
        return access(path, F_OK) == 0 ? std::string() : std::string(path) + " does not exist here";
    };
}

std::function<std::string()> since_linux(int major, int minor, const char* what) {
    return [=] {
        utsname kernel;
        int here[2] = {};
        uname(&kernel);
        std::sscanf(kernel.release, "%d.%d", &here[0], &here[1]);
        const bool is_new_enough = std::pair(here[0], here[1]) >= std::pair(major, minor);
        return is_new_enough ? std::string()
                             : std::string(what) + " since Linux " + std::to_string(major) + "." +
                                   std::to_string(minor) + ", this is " + kernel.release;
    };
}

// cgroup v2 with this controller handed down to where containers are made.
std::function<std::string()> cgroup2_has(const char* controller) {
    return [controller] {
        if (!is_cgroup2_root()) return std::string("this host has cgroup v1 controllers");
        // A user has what was delegated, where this run began.
        const auto above = own_cgroup().substr(0, own_cgroup().rfind('/'));
        const auto list = " " + trimmed(read_file("/sys/fs/cgroup" + above + "/cgroup.controllers")) + " ";
        const bool is_there = list.find(" " + std::string(controller) + " ") != std::string::npos;
        return is_there ? std::string() : std::string("cgroup v2 has no ") + controller + " controller here";
    };
}

// The controller of whichever version this host has.
std::function<std::string()> either(const char* v1_path, const char* controller) {
    return [=] { return is_cgroup2_root() ? cgroup2_has(controller)() : exists(v1_path)(); };
}

// Whether CRIU says that it can do that on this kernel.
std::function<std::string()> criu_check(const std::string& what) {
    return [=] {
        const auto checked = execute({"/bin/sh", "-c", "criu check " + what});
        return checked.ok() ? std::string() : "criu check " + what + " fails here: " + trimmed(checked.err);
    };
}

const std::vector<Requirement>& requirements() {
    static const std::vector<Requirement> table = {
        {"cgroup-v1", "", [] { return is_cgroup2_root() ? "this host has cgroup v2" : ""; }},
        {"cgroup-v2", "", [] { return is_cgroup2_root() ? "" : "this host has cgroup v1 controllers"; }},
        {"v1-memory", "", exists("/sys/fs/cgroup/memory/memory.limit_in_bytes")},
        {"v1-pids", "", exists("/sys/fs/cgroup/pids")},
        {"v1-cpu", "", exists("/sys/fs/cgroup/cpu/cpu.shares")},
        {"v1-cpu-quota", "", exists("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")},
        {"v1-cpuset", "", exists("/sys/fs/cgroup/cpuset/cpuset.cpus")},
        {"v1-devices", "", exists("/sys/fs/cgroup/devices/devices.list")},
        {"device-rules", "", [] { return is_cgroup2_root() ? "" : exists("/sys/fs/cgroup/devices")(); }},
        {"fs-delegation", "runc gives the cgroup away with its systemd driver only", always, true},
        {"v1-freezer", "", exists("/sys/fs/cgroup/freezer")},
        {"freezer", "", [] { return is_cgroup2_root() ? "" : exists("/sys/fs/cgroup/freezer")(); }},
        {"v1-blkio-throttle", "", exists("/sys/fs/cgroup/blkio/blkio.throttle.read_bps_device")},
        {"v1-memory-swap", "", exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes")},
        {"v1-cpu-rt", "", exists("/sys/fs/cgroup/cpu/cpu.rt_period_us")},
        {"memory", "", either("/sys/fs/cgroup/memory", "memory")},
        {"pids", "", either("/sys/fs/cgroup/pids", "pids")},
        {"cpuset", "", either("/sys/fs/cgroup/cpuset/cpuset.cpus", "cpuset")},
        {"v1-hugetlb", "", exists("/sys/fs/cgroup/hugetlb/cgroup.procs")},
        {"v1-net_cls", "", exists("/sys/fs/cgroup/net_cls/cgroup.procs")},
        {"v1-net_prio", "", exists("/sys/fs/cgroup/net_prio/cgroup.procs")},
        {"v2-cpu", "", cgroup2_has("cpu")},
        {"v2-cpuset", "", cgroup2_has("cpuset")},
        {"v2-hugetlb", "", cgroup2_has("hugetlb")},
        {"v2-io", "", cgroup2_has("io")},
        {"v2-memory", "", cgroup2_has("memory")},
        {"v2-pids", "", cgroup2_has("pids")},
        {"no-rdt", "",
         [] { return access("/sys/fs/resctrl/schemata", F_OK) != 0 ? "" : "resctrl is mounted here"; }},
        {"cgroupfs-driver", "", [] { return uses_systemd_driver() ? "RUNTIME_DRIVER=systemd" : ""; }},
        {"start-with-one-process", "",
         [] {
             const bool is_too_small = geteuid() != 0 && uses_systemd_driver();
             return is_too_small
                        ? "a user's container takes a second process for a moment, and a unit has its "
                          "limit from the beginning"
                        : "";
         }},
        {"root", "", [] { return geteuid() == 0 ? "" : "this test needs root"; }},
        {"two-cpus", "", [] { return sysconf(_SC_NPROCESSORS_ONLN) > 1 ? "" : "this host has one CPU"; }},
        {"newuidmap", "", exists("/usr/bin/newuidmap")},
        // On hybrid hosts systemd takes away the tests' own cgroups in the hierarchies that it does not use.
        {"systemd", "",
         [] {
             const bool is_usable = access("/run/systemd/private", F_OK) == 0 && is_cgroup2_root();
             return is_usable ? "" : "this host has no systemd with cgroup v2";
         }},
        {"no-systemd", "",
         [] { return access("/run/systemd/system", F_OK) == 0 ? "this host has systemd" : ""; }},
        {"nsenter", "", exists("/usr/bin/nsenter")},
        {"fuse", "", exists("/dev/fuse")},
        {"overlay", "", always},
        {"criu", "", criu_check("")},
        {"criu-mem-track", "", criu_check("--feature mem_dirty_track")},
        {"timens", "time namespaces came with runc 1.2", exists("/proc/self/ns/time")},
        {"memory-policy", "linux.memoryPolicy came with runc 1.4", exists("/sys/devices/system/node/online")},
        {"pidfs", "looks at the first thread", since_linux(6, 9, "processes have inodes")},
        {"weighted-interleave", "", since_linux(6, 9, "MPOL_WEIGHTED_INTERLEAVE is known")},
        {"personality", "linux.personality came with runc 1.2", always},
        {"apparmor", "", exists("/sys/kernel/security/apparmor/profiles")},
        {"no-apparmor", "",
         [] {
             return access("/sys/module/apparmor/parameters/enabled", F_OK) == 0 ? "this host has AppArmor"
                                                                                 : "";
         }},
        {"no-selinux", "",
         [] { return access("/sys/fs/selinux/status", F_OK) == 0 ? "this host has SELinux" : ""; }},
        {"net-devices", "linux.netDevices came with runc 1.4", exists("/usr/sbin/ip")},
        {"crun-extensions", "",
         [] { return runtime_identity().kind == RuntimeKind::Runc ? "runc has no extensions of crun" : ""; }},
        {"domainname", "domainname came with runc 1.2", always},
        {"idmap", "id-mapped mounts came with runc 1.2", always},
        {"idmap-tmpfs", "", since_linux(6, 3, "tmpfs takes id mappings")},
        {"scheduler", "scheduler and ioPriority came with runc 1.2", always},
        {"pidfd-socket", "--pidfd-socket came with runc 1.2", always},
        {"poststart-in-start", "before 1.2 poststart ran before the program was released", always},
        {"joined-userns", "joining a user namespace by path without mappings came with runc 1.2", always},
        {"intent-record", "runc keeps no record of a create that was killed", always, true},
        {"random-kill", "runc leaves what a killed create made (opencontainers/runc#4534)", always, true},
        {"systemd-driver", "its cgroups are not below the fake manager's own, and it has no deadline", always,
         true},
        {"exclusive-create", "runc 1.1 lets two creates of one id into the same directory", always},
        {"cgroup2-pressure", "",
         [] {
             const bool here = access("/sys/fs/cgroup/cpu.pressure", F_OK) == 0 ||
                               access("/sys/fs/cgroup/unified/cpu.pressure", F_OK) == 0;
             return here ? "" : "the kernel keeps no pressure of cgroups";
         }},
        {"events-broken-pipe", "runc logs the errors of a closed pipe and goes on", always, true},
        {"stats-extras", "runc has no pids peak and memory events, and no pressure on hybrid hosts", always,
         true},
        {"thaws-below", "runc thaws only the container's own cgroup", always, true},
        {"killed-pause", "runc's state never answers while a freeze of v1 is unfinished", always, true},
        {"names-survivors", "runc does not name what does not end on SIGKILL", always, true},
        {"boot-id", "runc keeps no boot id", always, true},
        {"regex", "kill and delete --regex are crun's", always, true},
        {"crun-options", "--cgroup-manager, --config, --log-level and services for --log are crun's", always,
         true},
        {"undoes-pause", "runc does not undo an interrupted pause, and names no tasks", always, true},
        {"cwd-before-filter", "without no_new_privs runc enters its working directory under the filter",
         always, true},
        {"update-burst-idle", "update --cpu-burst and --cpu-idle came with runc 1.2", always},
        {"update-all-fields", "runc's update takes no huge pages, swappiness and OOM killer", always, true},
        {"update-only-named", "runc's update writes all that it has recorded", always, true},
        {"update-record", "the record of resources is laid out otherwise", always, true},
        {"update-rollback", "runc applies the new values once more when an update fails", always, true},
        {"signal-rollback", "runc's create and run do not undo themselves on a signal", always, true},
    };
    return table;
}

std::map<std::string, int> skip_counts;

// $HOST_LACKS, patterns with blanks between: what a host that has to offer everything else is known to be without.
bool host_lacks(const std::string& tag) {
    const char* list = getenv("HOST_LACKS");
    std::istringstream patterns(list ? list : "");
    for (std::string pattern; patterns >> pattern;)
        if (fnmatch(pattern.c_str(), tag.c_str(), 0) == 0) return true;
    return false;
}

}  // namespace

std::string missing(const std::string& tag) {
    for (const auto& entry : requirements()) {
        if (entry.tag != tag) continue;
        bool lacking = entry.only_ours ? !is_runcxx() : !entry.lacking.empty() && is_old_runc();
        if (lacking) return entry.lacking;
        return entry.host ? entry.host() : "";
    }
    throw std::logic_error("unknown requirement: " + tag);
}

void report_skip(const std::string& test, const std::string& tag, const std::string& reason) {
    ++skip_counts[tag];
    std::fprintf(stderr, "SKIP %s: %s: %s\n", test.c_str(), tag.c_str(), reason.c_str());
    const char* all = getenv("REQUIRE_ALL");
    if (all && std::string(all) == "1" && !host_lacks(tag))
        throw std::runtime_error("REQUIRE_ALL=1, but skipped: " + reason);
}

const std::map<std::string, int>& skips() {
    return skip_counts;
}

}  // namespace runcxx::tests
