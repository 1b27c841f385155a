// SPDX-License-Identifier: Apache-2.0
#include "support/host_snapshot.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <iterator>
#include <sstream>

#include "support/fd.h"
#include "support/isolation.h"
#include "support/process.h"

namespace fs = std::filesystem;

namespace runcxx::tests {

namespace {

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
    const auto first_level = fs::exists(root + "/cgroup.controllers") ? 1 : 2;  // "/rxt-1", "/cpu/rxt-1"
    for (const auto& path : all)
        if (std::count(path.begin() + static_cast<long>(root.size()), path.end(), '/') <= first_level ||
            path.find(own_name()) != std::string::npos)
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

}  // namespace

HostSnapshot HostSnapshot::take() {
    HostSnapshot now;
    if (geteuid() == 0) now.mounts = mount_lines();
    now.cgroups = listed_cgroups();
    now.netns = names_in("/run/netns");
    now.children = children_of(getpid());
    now.fds = own_fds();
    return now;
}

std::vector<std::string> HostSnapshot::changes_since(const HostSnapshot& before) const {
    auto everything = [](const std::string&) { return true; };
    std::string ours = own_name();
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
        if (dir.find("freezer") != std::string::npos && dir.find(own_name()) != std::string::npos)
            if (Fd state{open((dir + "/freezer.state").c_str(), O_WRONLY | O_CLOEXEC)})
                (void)!write(state.get(), "THAWED", 6);
    wait_until(kill_children, 3);
    for (auto dir = now.cgroups.rbegin(); dir != now.cgroups.rend(); ++dir)
        if (!target.cgroups.count(*dir) && dir->find(own_name()) != std::string::npos) rmdir(dir->c_str());
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
