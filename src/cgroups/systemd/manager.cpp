// SPDX-License-Identifier: Apache-2.0
#include "cgroups/systemd/manager.h"

#include <fcntl.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/numbers.h"
#include "base/paths.h"
#include "base/rollback.h"
#include "base/step.h"
#include "base/text.h"
#include "cgroups/directory.h"
#include "cgroups/watch.h"
#include "config/systemd_unit.h"
#include "config/update.h"
#include "sys/child_process.h"
#include "sys/file.h"
#include "sys/poll.h"

namespace runcxx::cgroups::systemd {
namespace {

// How long undoing may take: longer would only delay the report of what went wrong.
constexpr std::int64_t kUndoMs = 5'000;

Whose whose_manager(bool rootless) {
    return rootless ? Whose::User : Whose::System;
}

std::int64_t new_deadline() {
    return sys::monotonic_ms() + patience_ms();
}

// At a daemon-reload, and when a property changes, systemd resets the list of devices to "none" and fills it again: for a
// moment nothing can be opened, and what others have allowed meanwhile is lost. The kernel refuses that reset (EINVAL, which
// systemd expects) to a cgroup that has one below it (security/device_cgroup.c).
void keep_device_list(const std::string& devices_path) {
    if (devices_path.empty()) return;
    std::vector<std::string> made;
    Root(Root::Kind::V1).make(join_path(devices_path, "keep-devices"), made);
}

class UnitManager final : public Manager {
public:
    // Of an existing unit.
    UnitManager(Paths paths, std::unique_ptr<Manager> files, Whose whose)
        : Manager(std::move(paths)), files_(std::move(files)), whose_(whose), is_started_(true) {}
    // Of one that is to be made.
    UnitManager(Place place, std::unique_ptr<Manager> files, const config::Cgroup& cgroup,
                bool in_user_namespace)
        : Manager(std::move(place.paths)),
          files_(std::move(files)),
          client_(std::move(place.client)),
          whose_(whose_manager(cgroup.rootless)),
          unit_(cgroup.unit),
          resources_(cgroup.resources),
          // Only the system's manager can, and in a user namespace nobody.
          restricts_devices_(whose_ == Whose::System && !in_user_namespace) {}

    Created create() override { return {}; }

    SpawnTarget spawn_target(const config::SubCgroups& below) override {
        if (is_started_) return files_->spawn_target(below);
        SpawnTarget target;
        target.needs_add_process = true;
        return target;
    }
    SpawnTarget spawn_target_of(pid_t pid) override { return files_->spawn_target_of(pid); }

    void add_process(pid_t pid) override {
        if (!is_started_) return start_with(pid);
        try {
            files_->add_process(pid);
        } catch (const Error& error) {
            // A user may not take a process out of a session, which is not the user's cgroup; systemd may.
            if (error.code() != EACCES && error.code() != EPERM) throw;
            client().attach_process(paths_.unit, "/", pid);
        }
    }

    void undo_create(const Created&) noexcept override {
        if (client_ && client_->may_have_started()) stop_quickly();
        remove_created(created_);
    }

    void prepare_resources(const oci::Resources& resources, DeviceRules device_rules) override {
        files_->prepare_resources(resources, device_rules);
    }

    // Of a new unit, which had them from the beginning.
    void set_resources(const oci::Resources&, DeviceRules device_rules) override {
        files_->set_resources(resources_, device_rules);
        if (!is_unified()) keep_device_list(path("devices"));
    }

    void update_resources(const oci::Resources& resources, const oci::Resources& in_force,
                          Rollback& undo) override {
        // Here, because systemd would just set them.
        files_->check_update(resources);
        // A quota and its period are one property, and so are memory and swap: systemd is told of all there is.
        auto merged = config::merge_resources(in_force, resources);
        auto before = in_force;
        // systemd has a default of its own for units that say nothing (DefaultTasksMax).
        if (!before.pids.limit) before.pids.limit = tasks_limit();
        // The record forgets a cpuset at an update that does not name it, as runc's does. The cgroup does not.
        if (is_unified() && before.cpu.cpus.empty()) before.cpu.cpus = cpuset("cpuset.cpus");
        if (is_unified() && before.cpu.mems.empty()) before.cpu.mems = cpuset("cpuset.mems");
        const auto properties = resource_properties(merged, dialect());
        Properties restoring = restoring_properties(properties, resource_properties(before, dialect()));
        auto rounded = resources;
        // Without a quota it also resets the period.
        if (rounded.cpu.quota || rounded.cpu.period) {
            rounded.cpu.quota = merged.cpu.quota;
            rounded.cpu.period = merged.cpu.period;
        }
        undo.add(
            fmt::format("restore the properties of {}", paths_.unit),
            [this, restoring = std::move(restoring)] { client().set_properties(paths_.unit, restoring); });
        client().set_properties(paths_.unit, properties);
        // Last, because systemd has just written all that it knows.
        files_->update_resources(rounded, in_force, undo);
    }

    void freeze(const Interruption& interruption) override { files_->freeze(interruption); }
    void thaw() override { files_->thaw(); }
    void thaw_tree() override { files_->thaw_tree(); }
    bool is_frozen() const override { return files_->is_frozen(); }
    std::vector<pid_t> pids() const override { return files_->pids(); }
    void kill_all(int signal) override { files_->kill_all(signal); }
    bool wait_until_empty(std::int64_t deadline_ms) override { return files_->wait_until_empty(deadline_ms); }

    void remove() override {
        try {
            client().insist_until(new_deadline());
            client().stop_unit(paths_.unit);
        } catch (const Error& error) {
            // A unit without a cgroup ends by itself: a container must not stay because systemd is not well.
            files_->remove();
            log::warning("{} was not stopped, and will end when systemd sees that it is empty: {}",
                         paths_.unit, error.message());
            return;
        }
        // What systemd did not make, and what the container made below.
        files_->remove();
    }

    Stats stats() const override { return files_->stats(); }
    std::unique_ptr<Watch> watch() const override { return files_->watch(); }
    std::optional<std::uint64_t> oom_kill_count() const override { return files_->oom_kill_count(); }
    std::string oom_cause() const override { return files_->oom_cause(); }
    bool exists() const override { return files_->exists(); }

private:
    bool is_unified() const { return paths_.is_unified(); }
    Client& client() {
        if (!client_) client_ = std::make_unique<Client>(whose_, new_deadline(), Interruption{});
        return *client_;
    }
    Dialect dialect() { return {.version = client().about().version, .unified = is_unified()}; }

    // Of pids.max; -1 is none.
    std::optional<std::int64_t> tasks_limit() const {
        if (path("pids").empty()) return std::nullopt;
        const auto text = sys::try_read_file(HostPath(join_path(path("pids"), "pids.max")));
        if (!text) return std::nullopt;
        if (trim(*text) == "max") return -1;
        return parse_number<std::int64_t>(trim(*text));
    }

    // "" when there is none of its own.
    std::string cpuset(std::string_view file) const {
        if (path("cpuset").empty()) return {};
        const auto text = sys::try_read_file(HostPath(join_path(path("cpuset"), file)));
        return text ? std::string(trim(*text)) : std::string();
    }

    // The unit begins with this process in it, which waits for its configuration meanwhile.
    void start_with(pid_t pid) {
        auto properties = unit_properties(unit_, paths_.slice, resources_, dialect());
        for (auto& property : resource_properties(resources_, dialect()))
            properties.push_back(std::move(property));
        if (restricts_devices_)
            for (auto& property : device_properties(resources_.devices, dialect()))
                properties.push_back(std::move(property));
        step(fmt::format("start {}", paths_.unit), [&] {
            if (unit_.is_slice())
                client().start_unit(paths_.unit, properties, 0, {});
            else
                client().start_unit(paths_.unit, properties, pid, sys::try_open_pidfd(pid));
        });
        is_started_ = true;
        // Hierarchies and controllers that systemd does not know.
        created_ = files_->create();
        if (!is_unified() || unit_.is_slice()) files_->add_process(pid);
    }

    void stop_quickly() noexcept {
        try {
            // Not known to be there: said on the same connection, it comes after what made it, whenever that is read.
            if (!is_started_) return client_->stop_unit_later(paths_.unit);
            client_->insist_until(sys::monotonic_ms() + kUndoMs);
            client_->stop_unit(paths_.unit);
        } catch (const Error& error) {
            log::warning("{} may be left: {}", paths_.unit, error.message());
        }
    }

    std::unique_ptr<Manager> files_;
    std::unique_ptr<Client> client_;  // connected when first needed
    Whose whose_;
    config::SystemdUnit unit_;
    oci::Resources resources_;  // from start_with() on as systemd counts
    bool restricts_devices_ = false;
    bool is_started_ = false;
    Created created_;  // beside what systemd made
};

}  // namespace

Paths compute_unit_paths(const config::Cgroup& cgroup, const std::string& id, const host::Facts& facts,
                         const std::string& control_group) {
    const auto& unit = cgroup.unit;
    const auto slice = !unit.slice.empty() ? unit.slice : cgroup.rootless ? "user.slice" : "system.slice";
    // A slice is where its own name says.
    const auto below =
        unit.is_slice() ? config::expand_slice(unit.name) : join_path(config::expand_slice(slice), unit.name);
    auto placed = cgroup;
    placed.path = join_path("/" + control_group, below);
    auto paths = compute_paths(placed, id, facts);
    paths.unit = unit.name;
    paths.slice = slice;
    return paths;
}

Place find_place(const config::Cgroup& cgroup, const std::string& id, const host::Facts& facts,
                 const Interruption& interruption) {
    if (!facts.systemd_running)
        throw Error("systemd not running on this host, cannot use systemd cgroups manager");
    if (cgroup.rootless && facts.cgroups.mode != host::CgroupMode::V2)
        throw Error("cannot use rootless systemd cgroups manager on cgroup v1");
    auto client = std::make_unique<Client>(whose_manager(cgroup.rootless), new_deadline(), interruption);
    const auto& about = step("ask systemd", [&]() -> const Client::About& { return client->about(); });
    return {compute_unit_paths(cgroup, id, facts, about.control_group), std::move(client)};
}

std::unique_ptr<Manager> create_manager(Place place, std::unique_ptr<Manager> files,
                                        const config::Cgroup& cgroup, bool in_user_namespace) {
    return std::make_unique<UnitManager>(std::move(place), std::move(files), cgroup, in_user_namespace);
}

std::unique_ptr<Manager> restore_manager(const Paths& paths, std::unique_ptr<Manager> files, bool rootless) {
    return std::make_unique<UnitManager>(paths, std::move(files), whose_manager(rootless));
}

}  // namespace runcxx::cgroups::systemd
