// SPDX-License-Identifier: Apache-2.0
// A container's one cgroup2 directory.
// Runs in: runtime.
#pragma once

#include <optional>
#include <vector>

#include "cgroups/controller.h"
#include "cgroups/directory.h"
#include "cgroups/manager.h"

namespace runcxx::cgroups::v2 {

class UnifiedManager final : public Manager {
public:
    struct Options {
        bool rootless = false;
        bool forgives = false;  // rootless, and the spec gives no path: permission errors may be ignored
        bool in_user_namespace = false;
        std::optional<uid_t> owner;  // who may manage the cgroup from inside
        bool made_by_systemd =
            false;                 // the cgroup is there, with the process inside, when create() is called
        oci::Resources resources;  // only to decide what create() needs
    };
    // `mount` is where the hierarchy begins.
    UnifiedManager(Paths paths, Root root, std::string mount, Options options);

    Created create() override;
    SpawnTarget spawn_target(const config::SubCgroups& below) override;
    SpawnTarget spawn_target_of(pid_t pid) override;
    void add_process(pid_t pid) override;
    bool has_given_up() const override { return paths_.by_controller.empty(); }
    void prepare_resources(const oci::Resources& resources, DeviceRules device_rules) override;
    void set_resources(const oci::Resources& resources, DeviceRules device_rules) override;
    void update_resources(const oci::Resources& resources, const oci::Resources& in_force,
                          Rollback& undo) override;
    void check_update(const oci::Resources& resources) override;
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
    // Opened when first needed; not open when there is no such cgroup.
    const Directory& directory() const;
    void write_resources(const oci::Resources& resources, const Situation& situation);
    // Empty when the program could not be loaded and is not needed.
    sys::UniqueFd load_device_rules(const std::vector<oci::DeviceCgroup>& rules) const;
    void enable_controllers(const std::vector<std::string>& made);
    void give_to_owner() const;
    void check_type(const Directory& level) const;
    bool needs_controllers() const;

    Root root_;
    std::string mount_;
    Options options_;
    mutable Directory directory_;
    std::optional<sys::UniqueFd> device_program_;  // nullopt: not prepared
    bool is_new_ = false;
};

}  // namespace runcxx::cgroups::v2
