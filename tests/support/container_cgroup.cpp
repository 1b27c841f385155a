// SPDX-License-Identifier: Apache-2.0
#include "support/container_cgroup.h"

#include <sys/stat.h>

#include "support/fd.h"

namespace fs = std::filesystem;

namespace runcxx::tests {

namespace {

bool changes_by_itself(const std::string& name) {
    for (const char* part : {"cgroup.procs", "cgroup.threads", "cgroup.event_control", "usage", "failcnt",
                             "tasks", "force_empty", "pressure", "peak", "reset_stats"})
        if (name.find(part) != std::string::npos) return true;
    return false;
}

}  // namespace

ContainerCgroup::ContainerCgroup(pid_t init)
    : lines_(read_file("/proc/" + std::to_string(init) + "/cgroup")) {}

bool ContainerCgroup::is_v2() {
    return fs::exists("/sys/fs/cgroup/cgroup.controllers");
}

fs::path ContainerCgroup::v1(const std::string& controller) const {
    return "/sys/fs/cgroup/" + controller + path_behind(":" + controller + ":");
}

fs::path ContainerCgroup::v2() const {
    return (is_v2() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified") + path_behind("0::");
}

std::string ContainerCgroup::v1(const std::string& controller, const std::string& file) const {
    return trimmed(read_file(v1(controller) / file));
}

std::string ContainerCgroup::v2(const std::string& file) const {
    return trimmed(read_file(v2() / file));
}

std::string ContainerCgroup::pids_max() const {
    return is_v2() ? v2("pids.max") : v1("pids", "pids.max");
}

void ContainerCgroup::freeze(bool frozen) const {
    if (is_v2())
        write_file(v2() / "cgroup.freeze", frozen ? "1" : "0");
    else
        write_file(v1("freezer") / "freezer.state", frozen ? "FROZEN" : "THAWED");
}

std::map<std::string, std::string> ContainerCgroup::settings() const {
    std::vector<fs::path> directories;
    if (is_v2()) directories.push_back(v2());
    for (const char* controller : {"cpu", "cpuset", "memory", "pids", "blkio", "devices", "freezer"})
        if (!is_v2() && fs::exists(v1(controller))) directories.push_back(v1(controller));

    std::map<std::string, std::string> found;
    for (const auto& directory : directories)
        for (const auto& entry : fs::directory_iterator(directory)) {
            struct stat facts {};
            if (!entry.is_regular_file() || changes_by_itself(entry.path().filename())) continue;
            if (stat(entry.path().c_str(), &facts) != 0) continue;
            if ((facts.st_mode & S_IWUSR) && (facts.st_mode & S_IRUSR))
                found[entry.path()] = read_file(entry.path());
        }
    return found;
}

std::string ContainerCgroup::path_behind(const std::string& prefix) const {
    auto at = lines_.find(prefix);
    if (at == std::string::npos) return "/no-such-controller";
    at += prefix.size();
    return lines_.substr(at, lines_.find('\n', at) - at);
}

std::string some_disk() {
    for (const auto& entry : fs::directory_iterator("/sys/block")) {
        const auto name = entry.path().filename().string();
        if (name.starts_with("loop") || name.starts_with("ram") || name.starts_with("zram")) continue;
        if (auto number = try_read_file(entry.path() / "dev")) return trimmed(*number);
    }
    return "";
}

nlohmann::json throttle(const std::string& disk, int rate) {
    const auto colon = disk.find(':');
    return nlohmann::json::array(
        {{{"major", std::stoi(disk)}, {"minor", std::stoi(disk.substr(colon + 1))}, {"rate", rate}}});
}

std::set<std::string> differences(const std::map<std::string, std::string>& before,
                                  const std::map<std::string, std::string>& after) {
    std::set<std::string> names;
    for (const auto& [path, text] : before)
        if (auto found = after.find(path); found == after.end() || found->second != text)
            names.insert(fs::path(path).filename());
    return names;
}

}  // namespace runcxx::tests
