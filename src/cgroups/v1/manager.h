// SPDX-License-Identifier: Apache-2.0
// A container's directories in the v1 hierarchies, and in the cgroup2 one of a hybrid host.
// Runs in: runtime.
#pragma once

#include <functional>
#include <set>

#include "cgroups/controller.h"
#include "cgroups/directory.h"
#include "cgroups/manager.h"

namespace runcxx::cgroups::v1 {

class HierarchyManager final : public Manager {
public:
    struct Options {
        bool rootless = false;
        bool forgives = false;  // rootless, and the spec gives no path: permission errors may be ignored
        bool in_user_namespace = false;
        // Some of the cgroups are there, with the process inside, when create() is called.
        bool made_by_systemd = false;
        oci::Resources resources;  // cpuset and real-time values, needed before a process can join
    };
    HierarchyManager(Paths paths, Root root, Options options);

    Created create() override;
    SpawnTarget spawn_target(const config::SubCgroups& below) override;
    SpawnTarget spawn_target_of(pid_t pid) override;
    void add_process(pid_t pid) override;
    bool has_given_up() const override { return has_given_up_; }
    void set_resources(const oci::Resources& resources, DeviceRules device_rules) override;
    void update_resources(const oci::Resources& resources, const oci::Resources& in_force,
                          Rollback& undo) override;
    void freeze(const Interruption& interruption) override;
    void thaw() override;
    void thaw_tree() override;
    bool is_frozen() const override;
    std::vector<pid_t> pids() const override;
    void kill_all(int signal) override;
    bool wait_until_empty(std::int64_t deadline_ms) override;
    void remove() override;
    Stats stats() const override;
    std::unique_ptr<Watch> watch() const override;
    std::optional<std::uint64_t> oom_kill_count() const override;
    std::string oom_cause() const override;
    bool exists() const override;

private:
    // Opened when first needed, one per path (co-mounted controllers share it). nullptr: none, with errno
    // set.
    const Directory* directory(const std::string& controller) const;
    // What set_resources and update_resources share; `undo` may be null.
    void write_resources(const oci::Resources& resources, Situation situation, Rollback* undo);
    // `path` itself, or the directory below it that a controller of this path was given.
    std::string sub_path(const std::string& path, const config::SubCgroups& below) const;
    // The directory that speaks for the container where one is enough: devices, else any.
    const Directory* any_directory() const;
    // Runs `action(controller, path)` once per path in the order of the table; a forgiven error drops the
    // controllers of that path.
    void for_each_path(const std::function<void(const std::string&, const std::string&)>& action);

    Root root_;
    Options options_;
    mutable std::map<std::string, Directory> open_;  // by path
    std::set<std::string> new_;                      // paths made by create()
    bool has_given_up_ = false;
};

}  // namespace runcxx::cgroups::v1
