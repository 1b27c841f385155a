// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v2/manager.h"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <fmt/core.h>

#include "base/log.h"
#include "base/paths.h"
#include "base/text.h"
#include "cgroups/controller.h"
#include "cgroups/device_rules.h"
#include "cgroups/meter.h"
#include "cgroups/oom.h"
#include "cgroups/processes.h"
#include "cgroups/sub_cgroup.h"
#include "cgroups/v2/device_filter.h"
#include "cgroups/v2/freezer.h"
#include "cgroups/v2/memory.h"
#include "cgroups/v2/ownership.h"
#include "cgroups/v2/unavailable.h"
#include "cgroups/v2/watch.h"
#include "sys/poll.h"

namespace runcxx::cgroups::v2 {
namespace {

bool is_permission_error(int errno_value) {
    return errno_value == EPERM || errno_value == EACCES || errno_value == EROFS;
}

std::vector<std::string_view> words_of(std::string_view text) {
    auto words = split(trim(text), ' ');
    std::erase(words, std::string_view());
    return words;
}

bool contains(const std::vector<std::string_view>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool wants_domain_controller(const oci::Resources& resources) {
    return std::ranges::any_of(v2_controllers(), [&](const Controller* controller) {
        return controller->is_domain && controller->wants(resources);
    });
}

}  // namespace

UnifiedManager::UnifiedManager(Paths paths, Root root, std::string mount, Options options)
    : Manager(std::move(paths)),
      root_(std::move(root)),
      mount_(std::move(mount)),
      options_(std::move(options)) {}

const Directory& UnifiedManager::directory() const {
    if (!directory_.is_open() && !paths_.by_controller.empty()) directory_ = root_.try_open(unified_path());
    return directory_;
}

// Something is limited by a controller that this host has. "devices" and "freezer" are none.
bool UnifiedManager::needs_controllers() const {
    const auto list = root_.try_open(mount_).try_read("cgroup.controllers").value_or("");
    const auto available = words_of(list);
    return std::ranges::any_of(v2_controllers(), [&](const Controller* controller) {
        return controller->wants(options_.resources) && contains(available, controller->name);
    });
}

Created UnifiedManager::create() {
    Created created;
    try {
        directory_ = root_.make(unified_path(), created.directories);
        is_new_ = std::ranges::find(created.directories, unified_path()) != created.directories.end();
        if (!is_new_ && !options_.made_by_systemd) {
            if (const auto inside = processes_in(directory_); !inside.empty())
                throw Error(
                    fmt::format("container's cgroup is not empty: {} process(es) found", inside.size()));
            if (is_frozen()) throw Error("container's cgroup unexpectedly frozen");
        }
        enable_controllers(created.directories);
        give_to_owner();
    } catch (Error& error) {
        for (auto path = created.directories.rbegin(); path != created.directories.rend(); ++path)
            root_.try_remove(*path);
        if (!options_.forgives || !is_permission_error(error.code())) throw;
        if (needs_controllers()) {
            error.add_context(
                "rootless needs no limits + no cgrouppath when no permission is granted for cgroups");
            throw;
        }
        log::debug("going on without a cgroup: {}", error.message());
        paths_.by_controller.clear();
        directory_ = {};
        return {};
    }
    return created;
}

// All controllers of the root shall be available in the container's cgroup, so every ancestor has to pass
// them on. On most hosts they do already, which two reads tell.
void UnifiedManager::enable_controllers(const std::vector<std::string>& made) {
    const auto here_text = directory_.read("cgroup.controllers");
    const auto mount_directory = root_.try_open(mount_);
    const auto all_text = mount_directory.read("cgroup.controllers");
    const auto here = words_of(here_text), all = words_of(all_text);
    const bool has_all = std::ranges::all_of(all, [&](auto name) { return contains(here, name); });
    // A cgroup with a domain controller is not threaded or invalid: cgroup.type need not be read.
    if (has_all && (contains(here, "memory") || contains(here, "io"))) return;
    if (has_all && !made.empty() && all.empty()) return;

    std::string enable_all;
    for (const auto name : all)
        enable_all += fmt::format("{}+{}", enable_all.empty() ? "" : " ", name);
    const auto path = unified_path();
    for (auto end = mount_.size();; end = path.find('/', end + 1)) {
        const auto level_path = path.substr(0, end);
        const bool is_first = end == mount_.size(), is_last = end >= path.size();
        const auto level = is_first || is_last ? Directory() : root_.try_open(level_path);
        const auto& directory = is_last ? directory_ : is_first ? mount_directory : level;
        if (!is_first) check_type(directory);
        if (is_last) return;
        if (has_all || all.empty() || directory.try_write("cgroup.subtree_control", enable_all) == 0)
            continue;
        // Refused as a whole because one of them is. What is missing in the end shows when a limit is set.
        for (const auto name : all)
            directory.try_write("cgroup.subtree_control", fmt::format("+{}", name));
    }
}

void UnifiedManager::give_to_owner() const {
    if (!options_.owner) return;
    try {
        give_to(directory_, *options_.owner);
    } catch (const Error& error) {
        // An ordinary user cannot give anything away.
        if (!options_.rootless || !is_permission_error(error.code())) throw;
        log::warning("the container cannot manage its cgroup: {}", error.message());
    }
}

void UnifiedManager::check_type(const Directory& level) const {
    const auto text = level.try_read("cgroup.type");
    if (!text) return;
    const auto type = trim(*text);
    if (type == "domain") return;
    const bool needs_domain = wants_domain_controller(options_.resources);
    if (type == "domain invalid") {
        if (needs_domain)
            throw Error(
                fmt::format("cannot enter cgroupv2 {} with domain controllers -- it is in an invalid state",
                            quoted(level.path())));
        // A process sits in an ancestor that has children with controllers. Threaded mode is all that is
        // left.
        level.try_write("cgroup.type", "threaded");
    } else if (needs_domain) {
        throw Error(fmt::format("cannot enter cgroupv2 {} with domain controllers -- it is in {} mode",
                                quoted(level.path()), type));
    }
}

SpawnTarget UnifiedManager::spawn_target(const config::SubCgroups& below) {
    SpawnTarget target;
    for (const auto& [controller, sub] : below)
        if (!controller.empty()) throw unknown_controller(controller);
    if (paths_.by_controller.empty()) return target;
    target.path = below.empty() ? unified_path() : below_path(unified_path(), below.begin()->second);
    auto sub = target.path == unified_path() ? Directory() : root_.try_open(target.path);
    const auto& found = target.path == unified_path() ? directory() : sub;
    if (!found.is_open())
        throw Error::from_errno(errno, fmt::format("can't open cgroup: openat2 {}", target.path));
    target.directory = sys::duplicate(found.fd());
    return target;
}

SpawnTarget UnifiedManager::spawn_target_of(pid_t pid) {
    if (paths_.by_controller.empty()) return {};
    auto now = unified_directory_of(root_, mount_, pid);
    SpawnTarget target;
    target.path = now.path();
    target.directory = now.take_fd();
    return target;
}

void UnifiedManager::add_process(pid_t pid) {
    if (paths_.by_controller.empty()) return;
    if (!directory().is_open())
        throw Error::from_errno(errno, fmt::format("failed to write {}: openat2 {}", pid, unified_path()));
    write_process(directory_, pid);
}

void UnifiedManager::prepare_resources(const oci::Resources& resources, DeviceRules device_rules) {
    // A user namespace can neither load programs nor make device nodes.
    if (device_rules == DeviceRules::Skip || options_.in_user_namespace || paths_.by_controller.empty())
        return;
    if (!device_program_) device_program_ = load_device_rules(resources.devices);
}

sys::UniqueFd UnifiedManager::load_device_rules(const std::vector<oci::DeviceCgroup>& rules) const {
    const auto state = DeviceState::of(rules);
    try {
        return load_device_program(state);
    } catch (const Error& error) {
        // Nobody but root can make device nodes.
        if (!options_.rootless && !state.restricts_nothing()) throw;
        log::debug("going on without a device program: {}", error.message());
        return {};
    }
}

void UnifiedManager::set_resources(const oci::Resources& resources, DeviceRules device_rules) {
    prepare_resources(resources, device_rules);
    const auto program = std::exchange(device_program_, std::nullopt);
    write_resources(resources, {.is_new = is_new_,
                                .in_user_namespace = options_.in_user_namespace,
                                .skip_devices = device_rules == DeviceRules::Skip,
                                .device_program = program && program->is_open() ? &*program : nullptr});
    is_new_ = false;
}

void UnifiedManager::update_resources(const oci::Resources& resources, const oci::Resources& in_force,
                                      Rollback& undo) {
    directory();  // opens it
    const Recording recording(directory_, &undo);
    write_resources(resources, {.skip_devices = true, .in_force = &in_force});
}

void UnifiedManager::check_update(const oci::Resources& resources) {
    if (directory().is_open()) check_memory_usage(directory_, resources.memory);
}

void UnifiedManager::write_resources(const oci::Resources& resources, const Situation& situation) {
    for (const auto* controller : v2_controllers()) {
        if (!controller->wants(resources)) continue;
        if (!directory().is_open()) {
            if (controller->name == "devices") continue;
            throw Error(fmt::format("cannot set {} limit: container could not join or create cgroup",
                                    controller->name));
        }
        try {
            controller->apply(directory(), resources, situation);
        } catch (Error& error) {
            if (error.code() != ENOENT) throw;
            const auto why = why_unavailable(root_, mount_, unified_path(), controller->name);
            if (!why.empty()) error.add_hint(why);
            throw;
        }
    }
}

void UnifiedManager::freeze(const Interruption& interruption) {
    if (!directory().is_open()) throw Error("cannot toggle freezer: cgroups not configured for container");
    v2::freeze(directory(), sys::monotonic_ms() + kFreezeTimeoutMs, interruption);
}

void UnifiedManager::thaw() {
    if (directory().is_open()) v2::thaw(directory_);
}

// SIGKILL reaches what is frozen below.
void UnifiedManager::thaw_tree() {
    thaw();
}

bool UnifiedManager::is_frozen() const {
    return !paths_.by_controller.empty() && v2::is_frozen(root_, unified_path());
}

std::vector<pid_t> UnifiedManager::pids() const {
    return processes_in(directory());
}

void UnifiedManager::kill_all(int signal) {
    if (!directory().is_open() || !exists()) throw Error(Error::Kind::NotRunning, "cgroup not exist");
    if (signal == SIGKILL) {
        const int failure = try_kill_all(directory_);
        if (failure == 0) return v2::thaw(directory_);
        if (!exists()) throw Error(Error::Kind::NotRunning, "cgroup not exist");
        if (failure != ENOENT && failure != ENODEV) throw directory_.write_error("cgroup.kill", "1", failure);
    }
    // Before Linux 5.14, or another signal: nothing may fork between the listing and the signal.
    try {
        v2::freeze(directory(), sys::monotonic_ms() + kFreezeToSignalMs, {});
    } catch (const Error& error) {
        log::warning("signalling without freezing first: {}", error.message());
    }
    signal_each(pids(), signal);
    v2::thaw(directory_);
}

bool UnifiedManager::wait_until_empty(std::int64_t deadline_ms) {
    return !directory().is_open() || v2::wait_until_empty(directory_, deadline_ms);
}

void UnifiedManager::remove() {
    if (paths_.by_controller.empty()) return;
    try {
        remove_trees(root_, {unified_path()});
    } catch (Error& error) {
        error.add_context("unable to remove container's cgroup");
        throw;
    }
    directory_ = {};
}

Stats UnifiedManager::stats() const {
    if (!directory().is_open()) throw Error(Error::Kind::NotRunning, "cgroup not exist");
    Stats stats;
    for (const auto* meter : v2_meters())
        meter->read(directory_, stats);
    return stats;
}

std::unique_ptr<Watch> UnifiedManager::watch() const {
    if (!directory().is_open()) throw Error(Error::Kind::NotRunning, "cgroup not exist");
    return std::make_unique<UnifiedWatch>(directory_);
}

std::optional<std::uint64_t> UnifiedManager::oom_kill_count() const {
    if (!directory().is_open()) return std::nullopt;
    const auto text = directory().try_read("memory.events");
    return text ? value_of(*text, "oom_kill") : std::nullopt;
}

std::string UnifiedManager::oom_cause() const {
    return directory().is_open() ? cgroups::oom_cause(root_, unified_path(), kMemoryFilesV2) : "";
}

bool UnifiedManager::exists() const {
    // An open directory of a removed cgroup stays open: ask for the name.
    return !paths_.by_controller.empty() && root_.try_open(unified_path()).is_open();
}

}  // namespace runcxx::cgroups::v2
