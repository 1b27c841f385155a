// SPDX-License-Identifier: Apache-2.0
#include "support/host_snapshot.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <iterator>
#include <sstream>
#include <system_error>

#include "support/fd.h"
#include "support/process.h"

namespace fs = std::filesystem;

namespace runcxx::tests {

namespace {

pid_t main_pid = 0;
std::vector<std::string> previous_cgroups;  // cgroup.procs files to go back to

bool shared_host() {
    const char* value = getenv("SHARED_HOST");
    return value && *value && std::string(value) != "0";
}

// Plain readdir: cgroup directories may vanish while being listed.
void list_directories(const std::string& dir, std::set<std::string>& found) {
    DIR* handle = opendir(dir.c_str());
    if (!handle) return;
    while (const dirent* entry = readdir(handle)) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
        std::string path = dir + "/" + entry->d_name;
        found.insert(path);
        list_directories(path, found);
    }
    closedir(handle);
}

// All cgroups that are named after us, and the first level of each hierarchy. What others make and remove below
// cgroups of their own meanwhile (a service manager, the machine's agent) is none of our business.
std::set<std::string> listed_cgroups() {
    const std::string root = "/sys/fs/cgroup";
    std::set<std::string> all, kept;
    list_directories(root, all);
    constexpr auto kFirstLevel = 2;  // "/cpu/rxt-1"; on pure v2 that is one more than needed
    for (const auto& path : all)
        if (std::count(path.begin() + static_cast<long>(root.size()), path.end(), '/') <= kFirstLevel ||
            path.find(own_cgroup().substr(1)) != std::string::npos)
            kept.insert(path);
    return kept;
}

std::set<std::string> mount_lines() {
    std::set<std::string> lines;
    std::istringstream text(read_file("/proc/self/mountinfo"));
    for (std::string line; std::getline(text, line);) {
        // Drop mount id, parent id and device: they change when a mount is replaced by an equal one.
        std::istringstream fields(line);
        std::string id, parent, device, rest;
        fields >> id >> parent >> device;
        std::getline(fields >> std::ws, rest);
        while (!lines.insert(rest).second)
            rest += " (again)";
    }
    return lines;
}

std::set<std::string> children_of(pid_t parent) {
    std::set<std::string> found;
    DIR* proc = opendir("/proc");
    while (const dirent* entry = readdir(proc)) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
        auto stat = try_read_file(std::string("/proc/") + entry->d_name + "/stat");
        if (!stat) continue;
        size_t name_end = stat->rfind(')');
        if (name_end == std::string::npos) continue;
        std::istringstream fields(stat->substr(name_end + 1));
        std::string state;
        pid_t ppid = 0;
        fields >> state >> ppid;
        if (ppid == parent)
            found.insert(std::string(entry->d_name) + " " + state + " " +
                         stat->substr(stat->find('('), name_end - stat->find('(') + 1));
    }
    closedir(proc);
    return found;
}

std::set<std::string> own_fds() {
    std::set<std::string> found;
    DIR* dir = opendir("/proc/self/fd");
    while (const dirent* entry = readdir(dir)) {
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(dir)) continue;
        found.insert(std::string(entry->d_name) + " -> " +
                     link_target(std::string("/proc/self/fd/") + entry->d_name));
    }
    closedir(dir);
    return found;
}

std::set<std::string> names_in(const char* path) {
    std::set<std::string> found;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(path, missing))
        found.insert(entry.path().filename());
    return found;
}

void add_changes(std::vector<std::string>& changes, const char* what, const std::set<std::string>& before,
                 const std::set<std::string>& after, const std::function<bool(const std::string&)>& counts) {
    std::vector<std::string> items;
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(items));
    for (const auto& item : items)
        if (counts(item)) changes.push_back(std::string("left behind: ") + what + ": " + item);
    items.clear();
    std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(items));
    for (const auto& item : items)
        if (counts(item)) changes.push_back(std::string("vanished: ") + what + ": " + item);
}

struct Hierarchy {
    std::string mountpoint, type, options;
};

std::vector<Hierarchy> cgroup_hierarchies() {
    std::vector<Hierarchy> found;
    std::istringstream text(read_file("/proc/self/mounts"));
    for (std::string line; std::getline(text, line);) {
        std::istringstream fields(line);
        std::string source;
        Hierarchy hierarchy;
        fields >> source >> hierarchy.mountpoint >> hierarchy.type >> hierarchy.options;
        if (hierarchy.type == "cgroup" || hierarchy.type == "cgroup2") found.push_back(hierarchy);
    }
    return found;
}

}  // namespace

std::string own_cgroup() {
    return "/rxt-" + std::to_string(main_pid);
}

HostSnapshot HostSnapshot::take() {
    HostSnapshot now;
    now.mounts = mount_lines();
    now.cgroups = listed_cgroups();
    now.netns = names_in("/run/netns");
    now.children = children_of(getpid());
    now.fds = own_fds();
    return now;
}

std::vector<std::string> HostSnapshot::changes_since(const HostSnapshot& before) const {
    auto everything = [](const std::string&) { return true; };
    std::string ours = own_cgroup().substr(1);
    auto own_only = [&](const std::string& item) {
        return !shared_host() || item.find(ours) != std::string::npos;
    };
    std::vector<std::string> changes;
    add_changes(changes, "mount", before.mounts, mounts, everything);
    add_changes(changes, "cgroup", before.cgroups, cgroups, own_only);
    add_changes(changes, "network namespace", before.netns, netns, own_only);
    add_changes(changes, "process", before.children, children, everything);
    add_changes(changes, "descriptor", before.fds, fds, everything);
    return changes;
}

void isolate() {
    main_pid = getpid();
    auto check = [](int result, const char* what) {
        if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    };
    check(prctl(PR_SET_CHILD_SUBREAPER, 1), "become subreaper");
    check(unshare(CLONE_NEWNS), "unshare mount namespace");
    check(mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr), "make mounts private");
    check(mount(nullptr, "/", nullptr, MS_SHARED | MS_REC, nullptr), "make mounts shared");
    // `ip netns` makes a mount of this directory at its first use: have it before the first snapshot.
    fs::create_directories("/run/netns");
    check(mount("/run/netns", "/run/netns", nullptr, MS_BIND | MS_REC, nullptr), "bind /run/netns");
    auto hierarchies = cgroup_hierarchies();
    bool pure_v2 = std::all_of(hierarchies.begin(), hierarchies.end(),
                               [](const auto& h) { return h.type == "cgroup2"; });
    for (const auto& hierarchy : hierarchies) {
        fs::path dir = hierarchy.mountpoint + own_cgroup();
        fs::create_directory(dir);
        for (const char* name : {"cpuset.cpus", "cpuset.mems"})
            if (hierarchy.type == "cgroup" && fs::exists(dir / name))
                write_file(dir / name, read_file(dir.parent_path() / name));
        // On pure v2 containers go beside our cgroup, and only leaves may hold processes.
        fs::path home = dir;
        if (pure_v2) {
            home = dir / "tests";
            fs::create_directory(home);
        }
        // Where we came from, to go back at the end: the hierarchy's line of /proc/self/cgroup.
        std::istringstream text(read_file("/proc/self/cgroup"));
        for (std::string line; std::getline(text, line);) {
            size_t first = line.find(':'), second = line.find(':', first + 1);
            std::string controllers = line.substr(first + 1, second - first - 1);
            bool match =
                hierarchy.type == "cgroup2"
                    ? controllers.empty()
                    : !controllers.empty() &&
                          ("," + hierarchy.options + ",").find("," + controllers + ",") != std::string::npos;
            if (match)
                previous_cgroups.push_back(hierarchy.mountpoint + line.substr(second + 1) + "/cgroup.procs");
        }
        write_file(home / "cgroup.procs", std::to_string(main_pid));
    }
}

void restore_host() {
    if (getpid() != main_pid) return;
    for (const auto& file : previous_cgroups)
        try_read_file(file) ? write_file(file, std::to_string(main_pid)) : void();
    const auto all = listed_cgroups();
    for (auto dir = all.rbegin(); dir != all.rend(); ++dir)
        if (dir->find(own_cgroup().substr(1)) != std::string::npos) rmdir(dir->c_str());
}

// By name, not by place: cgroup v2's rule puts containers beside our own cgroup.
void clean_host(const HostSnapshot& target) {
    auto kill_children = [&] {
        bool left = false;
        for (const auto& child : children_of(getpid())) {
            if (target.children.count(child)) continue;
            left = true;
            kill(static_cast<pid_t>(atoi(child.c_str())), SIGKILL);
        }
        while (waitpid(-1, nullptr, WNOHANG) > 0) {
        }
        return !left;
    };
    HostSnapshot now = HostSnapshot::take();
    for (const auto& dir : now.cgroups)
        if (dir.find("freezer") != std::string::npos && dir.find(own_cgroup().substr(1)) != std::string::npos)
            if (Fd state{open((dir + "/freezer.state").c_str(), O_WRONLY | O_CLOEXEC)})
                (void)!write(state.get(), "THAWED", 6);
    wait_until(kill_children, 3);
    for (auto dir = now.cgroups.rbegin(); dir != now.cgroups.rend(); ++dir)
        if (!target.cgroups.count(*dir) && dir->find(own_cgroup().substr(1)) != std::string::npos)
            rmdir(dir->c_str());
    for (int round = 0; round < 20; ++round) {
        bool found = false;
        for (const auto& line : mount_lines()) {
            if (target.mounts.count(line)) continue;
            std::istringstream fields(line);
            std::string root, path;
            fields >> root >> path;
            found = umount2(path.c_str(), MNT_DETACH) == 0 || found;
        }
        if (!found) break;
    }
}

}  // namespace runcxx::tests
