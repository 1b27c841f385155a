// SPDX-License-Identifier: Apache-2.0
#include "oci/spec_template.h"

#include <algorithm>
#include <string_view>

namespace runcxx::oci {
namespace {

Process shell_process() {
    Process process;
    process.terminal = true;
    process.args = {"sh"};
    process.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"};
    process.cwd = "/";
    // Nothing inheritable or ambient: those would pass to whatever the container executes (CVE-2022-24769).
    const Strings names = {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"};
    process.capabilities = {
        .bounding = names, .effective = names, .inheritable = {}, .permitted = names, .ambient = {}};
    process.rlimits = {{.type = "RLIMIT_NOFILE", .hard = 1024, .soft = 1024}};
    process.no_new_privileges = true;
    return process;
}

Mount mount(const char* destination, const char* type, const char* source, Strings options = {}) {
    return {.destination = destination,
            .type = type,
            .source = source,
            .options = std::move(options),
            .uid_mappings = {},
            .gid_mappings = {}};
}

std::vector<Mount> default_mounts() {
    return {
        mount("/proc", "proc", "proc"),
        mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
        mount("/dev/pts", "devpts", "devpts",
              {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}),
        mount("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}),
        mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}),
        mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}),
        mount("/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}),
    };
}

Linux default_linux(bool cgroup2) {
    Linux linux;
    linux.resources.emplace().devices = {
        {.allow = false, .type = {}, .major = {}, .minor = {}, .access = "rwm"}};
    for (const char* type : {"pid", "network", "ipc", "uts", "mount"})
        linux.namespaces.push_back({.type = type, .path = {}});
    if (cgroup2) linux.namespaces.push_back({.type = "cgroup", .path = {}});
    linux.masked_paths = {"/proc/acpi",          "/proc/asound",     "/proc/kcore",       "/proc/keys",
                          "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
                          "/sys/firmware",       "/proc/scsi"};
    linux.readonly_paths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
    return linux;
}

void make_rootless(Spec& spec, std::uint32_t uid, std::uint32_t gid) {
    Linux& linux = *spec.linux;
    std::erase_if(linux.namespaces, [](const Namespace& each) { return each.type == "network"; });
    linux.namespaces.push_back({.type = "user", .path = {}});
    linux.uid_mappings = {{.container_id = 0, .host_id = uid, .size = 1}};
    linux.gid_mappings = {{.container_id = 0, .host_id = gid, .size = 1}};
    linux.resources.reset();

    for (Mount& each : spec.mounts) {
        // A sysfs of one's own needs a network namespace of one's own: bind the host's.
        if (each.destination == "/sys")
            each = mount("/sys", "none", "/sys", {"rbind", "nosuid", "noexec", "nodev", "ro"});
        // Only one id is mapped: files cannot belong to another.
        std::erase_if(each.options, [](std::string_view option) {
            return option.starts_with("uid=") || option.starts_with("gid=");
        });
    }
}

}  // namespace

Spec default_spec(bool rootless, bool cgroup2, std::uint32_t uid, std::uint32_t gid) {
    Spec spec;
    spec.oci_version = kSpecVersion;
    spec.process = shell_process();
    spec.root = {.path = "rootfs", .readonly = true};
    spec.hostname = "runcxx";
    spec.mounts = default_mounts();
    spec.linux = default_linux(cgroup2);
    if (rootless) make_rootless(spec, uid, gid);
    return spec;
}

}  // namespace runcxx::oci
