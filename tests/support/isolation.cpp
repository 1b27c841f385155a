// SPDX-License-Identifier: Apache-2.0
#include "support/isolation.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <vector>

#include "support/fd.h"
#include "support/host_snapshot.h"

namespace fs = std::filesystem;

namespace runcxx::tests {

namespace {

struct Hierarchy {
    std::string mountpoint, type, options;

    bool is_v2() const { return type == "cgroup2"; }
};

pid_t main_pid = 0;
std::string own_path;
std::vector<std::string> previous_cgroups;  // cgroup.procs files to go back to

void check(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

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

// Where this process is in a hierarchy: its line of /proc/self/cgroup. "" where the kernel names none.
std::string current_path(const Hierarchy& hierarchy) {
    std::istringstream text(read_file("/proc/self/cgroup"));
    for (std::string line; std::getline(text, line);) {
        size_t first = line.find(':'), second = line.find(':', first + 1);
        std::string controllers = line.substr(first + 1, second - first - 1);
        bool match = hierarchy.is_v2() ? controllers.empty()
                                       : !controllers.empty() &&
                                             ("," + hierarchy.options + ",").find("," + controllers + ",") !=
                                                 std::string::npos;
        if (match) return line.substr(second + 1);
    }
    return "";
}

void make_mount_namespace() {
    check(unshare(CLONE_NEWNS), "unshare mount namespace");
    check(mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr), "make mounts private");
    check(mount(nullptr, "/", nullptr, MS_SHARED | MS_REC, nullptr), "make mounts shared");
    // `ip netns` makes a mount of this directory at its first use: have it before the first snapshot.
    fs::create_directories("/run/netns");
    check(mount("/run/netns", "/run/netns", nullptr, MS_BIND | MS_REC, nullptr), "bind /run/netns");
}

void enter_own_cgroup(const Hierarchy& hierarchy, bool is_pure_v2) {
    fs::path dir = hierarchy.mountpoint + own_path;
    fs::create_directory(dir);
    for (const char* name : {"cpuset.cpus", "cpuset.mems"})
        if (!hierarchy.is_v2() && fs::exists(dir / name))
            write_file(dir / name, read_file(dir.parent_path() / name));
    // On pure v2 containers go beside our cgroup, and only leaves may hold processes.
    fs::path home = dir;
    if (is_pure_v2) {
        home = dir / "tests";
        fs::create_directory(home);
    }
    if (std::string path = current_path(hierarchy); !path.empty())
        previous_cgroups.push_back(hierarchy.mountpoint + path + "/cgroup.procs");
    write_file(home / "cgroup.procs", std::to_string(main_pid));
}

// What a user may use is where it is already, if that was delegated: cgroup v2, by whoever started us.
std::string delegated_cgroup(const Hierarchy& hierarchy) {
    std::string path = current_path(hierarchy);
    return access((hierarchy.mountpoint + path).c_str(), W_OK) == 0 ? path : "";
}

}  // namespace

std::string own_name() {
    return "rxt-" + std::to_string(main_pid);
}

std::string own_cgroup() {
    return own_path;
}

void isolate() {
    main_pid = getpid();
    check(prctl(PR_SET_CHILD_SUBREAPER, 1), "become subreaper");
    auto hierarchies = cgroup_hierarchies();
    bool is_pure_v2 = std::ranges::all_of(hierarchies, [](const auto& h) { return h.is_v2(); });
    if (geteuid() == 0) {
        make_mount_namespace();
        own_path = "/" + own_name();
    } else if (is_pure_v2) {
        std::string delegated = delegated_cgroup(hierarchies.front());
        if (!delegated.empty()) own_path = delegated + "/" + own_name();
    }
    if (own_path.empty()) return;
    for (const auto& hierarchy : hierarchies)
        enter_own_cgroup(hierarchy, is_pure_v2);
}

void restore_host() {
    if (getpid() != main_pid) return;
    for (const auto& file : previous_cgroups)
        try {
            if (try_read_file(file)) write_file(file, std::to_string(main_pid));
        } catch (const std::system_error& error) {
            // A user's unit that hands controllers down takes no processes any more (EBUSY). It ends with us.
            if (geteuid() == 0 || error.code().value() != EBUSY) throw;
        }
    const auto all = HostSnapshot::take().cgroups;
    for (auto dir = all.rbegin(); dir != all.rend(); ++dir)
        if (dir->find(own_name()) != std::string::npos) rmdir(dir->c_str());
}

}  // namespace runcxx::tests
