// SPDX-License-Identifier: Apache-2.0
#include "support/bundle.h"

#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <sstream>
#include <system_error>

#include "support/fd.h"

namespace fs = std::filesystem;

namespace runcxx::tests {

namespace {

constexpr const char* kApplets[] = {
    "sh",       "cat",      "echo", "ls",     "sleep", "true", "false", "mount",  "umount", "grep",  "id",
    "stat",     "ip",       "env",  "kill",   "ps",    "pwd",  "touch", "mkdir",  "mknod",  "chmod", "chown",
    "readlink", "head",     "tail", "wc",     "dd",    "test", "rm",    "ln",     "cp",     "mv",    "printf",
    "seq",      "hostname", "sort", "uname",  "tr",    "cut",  "find",  "mkfifo", "nc",     "stty",  "tty",
    "date",     "df",       "sync", "sysctl", "sed",   "awk",  "wget",  "httpd"};

const fs::path& busybox_path() {
    static const fs::path path = [] {
        for (const char* candidate : {"/bin/busybox", "/usr/bin/busybox", "/usr/local/bin/busybox"})
            if (access(candidate, X_OK) == 0) return fs::path(candidate);
        throw std::runtime_error("busybox-static is not installed");
    }();
    return path;
}

void chown_tree(const fs::path& top, unsigned host) {
    auto give = [host](const fs::path& path) {
        struct stat facts;
        if (lstat(path.c_str(), &facts) < 0 ||
            lchown(path.c_str(), facts.st_uid + host, facts.st_gid + host) < 0)
            throw std::system_error(errno, std::generic_category(), "chown " + path.string());
        if (!S_ISLNK(facts.st_mode)) chmod(path.c_str(), facts.st_mode & 07777);
    };
    give(top);
    for (const auto& entry : fs::recursive_directory_iterator(top))
        give(entry.path());
}

// Container ids 0 for the user's own, then as many as subuid(5) gives the user.
json own_and_subordinate(unsigned own, const char* file) {
    json map = json::array({{{"containerID", 0}, {"hostID", own}, {"size", 1}}});
    const passwd* user = getpwuid(geteuid());
    std::istringstream lines(read_file(file));
    for (std::string line; user && std::getline(lines, line);) {
        unsigned first = 0, count = 0;
        const std::string name = std::string(user->pw_name) + ":";
        if (line.rfind(name, 0) == 0 && sscanf(line.c_str() + name.size(), "%u:%u", &first, &count) == 2)
            map.push_back({{"containerID", 1}, {"hostID", first}, {"size", count}});
    }
    return map;
}

}  // namespace

json default_spec() {
    static const json spec = json::parse(R"({
        "ociVersion": "1.0.2",
        "process": {
            "terminal": false,
            "user": {"uid": 0, "gid": 0},
            "args": ["sh"],
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            "cwd": "/",
            "capabilities": {
                "bounding": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
                "effective": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
                "permitted": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
            },
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
            "noNewPrivileges": true
        },
        "root": {"path": "rootfs", "readonly": true},
        "hostname": "runc",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
             "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
             "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
            {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
            {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
            {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
             "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]}
        ],
        "linux": {
            "resources": {"devices": [{"allow": false, "access": "rwm"}]},
            "namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}],
            "maskedPaths": ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                            "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
        }
    })");
    return spec;
}

fs::path probe_path() {
    static const fs::path path = [] {
        if (const char* given = getenv("PROBE")) return fs::path(given);
        fs::path beside = fs::path(link_target("/proc/self/exe")).parent_path() / "probe";
        if (access(beside.c_str(), X_OK) == 0) return beside;
        throw std::runtime_error("the probe binary was not found: set PROBE");
    }();
    return path;
}

Bundle::Bundle(fs::path dir) : spec(default_spec()), dir_(std::move(dir)), rootfs_(dir_ / "rootfs") {
    fs::create_directories(rootfs_);
    for (const char* name : {"bin", "dev", "proc", "sys", "etc", "run", "root", "tmp", "var", "mnt"})
        directory(name);
    chmod((rootfs_ / "tmp").c_str(), 01777);
    fs::copy_file(busybox_path(), rootfs_ / "bin/busybox");
    fs::copy_file(probe_path(), rootfs_ / "probe");
    for (const char* applet : kApplets)
        fs::create_symlink("busybox", rootfs_ / "bin" / applet);
    file("etc/passwd",
         "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
         "app:x:1000:1000:app:/home/app:/bin/sh\n");
    file("etc/group", "root:x:0:\nnogroup:x:65534:\napp:x:1000:\n");
}

Bundle& Bundle::args(std::vector<std::string> command) {
    spec["process"]["args"] = std::move(command);
    return *this;
}

Bundle& Bundle::sh(const std::string& script) {
    return args({"sh", "-c", script});
}

Bundle& Bundle::probe(std::vector<std::string> verbs) {
    verbs.insert(verbs.begin(), "/probe");
    return args(std::move(verbs));
}

Bundle& Bundle::idle() {
    return args({"/probe", "signal"});
}

Bundle& Bundle::merge(const json& patch) {
    spec.merge_patch(patch);
    return *this;
}

Bundle& Bundle::mount(const json& entry) {
    spec["mounts"].push_back(entry);
    return *this;
}

Bundle& Bundle::env(const std::string& entry) {
    spec["process"]["env"].push_back(entry);
    return *this;
}

Bundle& Bundle::drop_namespace(std::string_view type) {
    json kept = json::array();
    for (const auto& entry : spec["linux"]["namespaces"])
        if (entry["type"] != type) kept.push_back(entry);
    spec["linux"]["namespaces"] = kept;
    return *this;
}

Bundle& Bundle::share_host_pids() {
    drop_namespace("pid");
    // A user may mount the proc of his own pid namespaces alone, so rootless engines bind the host's.
    if (geteuid() != 0)
        for (auto& entry : spec["mounts"])
            if (entry["type"] == "proc")
                entry = {
                    {"destination", "/proc"}, {"type", "bind"}, {"source", "/proc"}, {"options", {"rbind"}}};
    return *this;
}

Bundle& Bundle::add_namespace(std::string_view type, const std::string& path) {
    drop_namespace(type);
    json entry = {{"type", type}};
    if (!path.empty()) entry["path"] = path;
    spec["linux"]["namespaces"].push_back(entry);
    return *this;
}

Bundle& Bundle::user_namespace(unsigned host, unsigned size) {
    add_namespace("user");
    json map = json::array({{{"containerID", 0}, {"hostID", host}, {"size", size}}});
    spec["linux"]["uidMappings"] = map;
    spec["linux"]["gidMappings"] = map;
    chown_tree(rootfs_, host);
    return *this;
}

Bundle& Bundle::in_user_namespace() {
    return geteuid() == 0 ? user_namespace() : *this;
}

Bundle& Bundle::rootless() {
    add_namespace("user");
    spec["linux"]["uidMappings"] = own_and_subordinate(geteuid(), "/etc/subuid");
    spec["linux"]["gidMappings"] = own_and_subordinate(getegid(), "/etc/subgid");
    spec["linux"].erase("resources");
    return *this;
}

Bundle& Bundle::writable() {
    spec["root"]["readonly"] = false;
    return *this;
}

Bundle& Bundle::privileged() {
    json all = json::array();
    for (const char* name :
         {"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
          "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_NET_ADMIN", "CAP_NET_RAW",
          "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_ADMIN", "CAP_SYS_NICE", "CAP_MKNOD", "CAP_AUDIT_WRITE",
          "CAP_SETFCAP"})
        all.push_back(name);
    spec["process"]["capabilities"] = {{"bounding", all}, {"effective", all}, {"permitted", all}};
    spec["process"]["noNewPrivileges"] = false;
    return *this;
}

Bundle& Bundle::hook(const std::string& kind, const json& entry) {
    spec["hooks"][kind].push_back(entry);
    return *this;
}

Bundle& Bundle::hook_sh(const std::string& kind, const std::string& script) {
    return hook(kind, {{"path", "/bin/sh"}, {"args", {"sh", "-c", script}}});
}

Bundle& Bundle::seccomp(const json& profile) {
    spec["linux"]["seccomp"] = profile;
    return *this;
}

fs::path Bundle::file(const fs::path& inside, std::string_view text, unsigned mode) {
    fs::path path = rootfs_ / inside.relative_path();
    fs::create_directories(path.parent_path());
    write_file(path, text, mode);
    return path;
}

fs::path Bundle::directory(const fs::path& inside, unsigned mode) {
    fs::path path = rootfs_ / inside.relative_path();
    fs::create_directories(path);
    chmod(path.c_str(), mode);
    return path;
}

void Bundle::symlink(const fs::path& target, const fs::path& inside) {
    fs::path path = rootfs_ / inside.relative_path();
    fs::remove_all(path);
    fs::create_directories(path.parent_path());
    fs::create_symlink(target, path);
}

void Bundle::save() const {
    write_file(dir_ / "config.json", spec.dump(1, '\t'));
}

}  // namespace runcxx::tests
