// SPDX-License-Identifier: Apache-2.0
#include "cgroups/manager.h"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/error.h"
#include "base/log.h"
#include "cgroups/processes.h"
#include "cgroups/systemd/manager.h"
#include "cgroups/v1/manager.h"
#include "cgroups/v2/manager.h"
#include "sys/file.h"

namespace runcxx::cgroups {
namespace {

// No cgroup of its own: the processes stay where the runtime is.
class AbsentManager final : public Manager {
public:
    explicit AbsentManager(Paths paths) : Manager(std::move(paths)) {}

    Created create() override { return {}; }
    SpawnTarget spawn_target(const config::SubCgroups&) override { return {}; }
    SpawnTarget spawn_target_of(pid_t) override { return {}; }
    void add_process(pid_t) override {}
    void set_resources(const oci::Resources&, DeviceRules) override {}
    void update_resources(const oci::Resources&, const oci::Resources&, Rollback&) override {
        throw Error("cannot update resources: the container has no cgroup");
    }
    void freeze(const Interruption&) override {
        throw Error("cannot toggle freezer: cgroups not configured for container");
    }
    void thaw() override {}
    void thaw_tree() override {}
    bool is_frozen() const override { return false; }
    std::vector<pid_t> pids() const override { return {}; }
    void kill_all(int) override { throw Error(Error::Kind::NotRunning, "cgroup not exist"); }
    bool wait_until_empty(std::int64_t) override { return true; }
    void remove() override {}
    Stats stats() const override { throw Error("cannot read statistics: the container has no cgroup"); }
    std::unique_ptr<Watch> watch() const override {
        throw Error("cannot watch for events: the container has no cgroup");
    }
    std::optional<std::uint64_t> oom_kill_count() const override { return std::nullopt; }
    std::string oom_cause() const override { return {}; }
    bool exists() const override { return false; }
};

}  // namespace

void remove_created(const Created& created) noexcept {
    for (auto path = created.directories.rbegin(); path != created.directories.rend(); ++path) {
        // A parent that others use by now is not ours to remove.
        const int failure = sys::try_rmdir(HostPath(*path));
        if (failure != 0 && failure != ENOENT && failure != EBUSY && failure != ENOTEMPTY)
            log::warning("rmdir {}: {}", *path, errno_text(failure));
    }
}

void Manager::prepare_resources(const oci::Resources&, DeviceRules) {}
void Manager::check_update(const oci::Resources&) {}

void kill_remaining(Manager& manager) {
    try {
        manager.kill_all(SIGKILL);
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::NotRunning) throw;
    }
}

void add_process(const SpawnTarget& target, pid_t pid) {
    if (target.directory) write_process({sys::duplicate(target.directory), target.path}, pid);
    // A process that has just been made has one thread: `tasks` are all of it.
    for (const auto& tasks : target.self_join)
        write_pid(tasks, pid, sys::try_read_link(HostPath(sys::proc_fd_path(tasks))).value_or("tasks"));
}

std::string Manager::path(const std::string& controller) const {
    if (paths_.is_unified()) return paths_.by_controller.begin()->second;
    const auto found = paths_.by_controller.find(controller);
    return found == paths_.by_controller.end() ? std::string() : found->second;
}

std::string Manager::unified_path() const {
    return path("");
}

namespace {

// Through the file system, and for what systemd has no word for.
std::unique_ptr<Manager> create_file_manager(Paths paths, const config::Cgroup& cgroup,
                                             const host::Facts& facts) {
    const bool made_by_systemd = cgroup.driver == config::CgroupDriver::Systemd;
    const bool forgives = cgroup.rootless && cgroup.path.empty() && !made_by_systemd;
    if (paths.is_unified()) {
        const auto& mount = facts.cgroups.hierarchies.front().mount_point;
        return std::make_unique<v2::UnifiedManager>(
            std::move(paths), Root(Root::Kind::V2, mount), mount,
            v2::UnifiedManager::Options{.rootless = cgroup.rootless,
                                        .forgives = forgives,
                                        .in_user_namespace = facts.in_user_namespace,
                                        .owner = cgroup.owner_uid,
                                        .made_by_systemd = made_by_systemd,
                                        .resources = cgroup.resources});
    }
    return std::make_unique<v1::HierarchyManager>(
        std::move(paths), Root(Root::Kind::V1),
        v1::HierarchyManager::Options{.rootless = cgroup.rootless,
                                      .forgives = forgives,
                                      .in_user_namespace = facts.in_user_namespace,
                                      .made_by_systemd = made_by_systemd,
                                      .resources = cgroup.resources});
}

std::unique_ptr<Manager> restore_file_manager(const Paths& paths, bool rootless, const Mount* mount) {
    for (const auto& [controller, path] : paths.by_controller)
        if (!path.starts_with('/') || clean_path(path) != path)
            throw Error("inconsistent paths: invalid path: \"" + path + "\"");
    if (paths.is_unified())
        return std::make_unique<v2::UnifiedManager>(paths, Root(Root::Kind::V2, mount), "/sys/fs/cgroup",
                                                    v2::UnifiedManager::Options{.forgives = rootless});
    return std::make_unique<v1::HierarchyManager>(
        paths, Root(Root::Kind::V1, mount),
        v1::HierarchyManager::Options{.rootless = rootless, .forgives = false});
}

}  // namespace

std::unique_ptr<Manager> create_manager(const config::Cgroup& cgroup, const std::string& id,
                                        const host::Facts& facts, const Interruption& interruption) {
    if (cgroup.driver == config::CgroupDriver::Systemd) {
        auto place = systemd::find_place(cgroup, id, facts, interruption);
        auto files = create_file_manager(place.paths, cgroup, facts);
        return systemd::create_manager(std::move(place), std::move(files), cgroup, facts.in_user_namespace);
    }
    auto paths = compute_paths(cgroup, id, facts);
    if (paths.by_controller.empty()) return std::make_unique<AbsentManager>(std::move(paths));
    return create_file_manager(std::move(paths), cgroup, facts);
}

std::unique_ptr<Manager> restore_manager(const Paths& paths, bool rootless, const Mount* mount) {
    if (paths.driver == config::CgroupDriver::Disabled || paths.by_controller.empty())
        return std::make_unique<AbsentManager>(paths);
    auto files = restore_file_manager(paths, rootless, mount);
    if (paths.driver != config::CgroupDriver::Systemd) return files;
    return systemd::restore_manager(paths, std::move(files), rootless);
}

}  // namespace runcxx::cgroups
