// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v1/manager.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <fmt/core.h>

#include "base/log.h"
#include "base/paths.h"
#include "cgroups/controller.h"
#include "cgroups/meter.h"
#include "cgroups/oom.h"
#include "cgroups/processes.h"
#include "cgroups/sub_cgroup.h"
#include "cgroups/v1/cpu.h"
#include "cgroups/v1/freezer.h"
#include "cgroups/v1/inherit_cpuset.h"
#include "cgroups/v1/watch.h"
#include "cgroups/v2/freezer.h"
#include "sys/poll.h"

namespace runcxx::cgroups::v1 {
namespace {

bool is_permission_error(int errno_value) {
    return errno_value == EPERM || errno_value == EACCES || errno_value == EROFS;
}

// The default rules only allow; what denies came from the spec.
bool restricts_devices(const oci::Resources& resources) {
    return std::ranges::any_of(resources.devices, [](const auto& rule) { return !rule.allow; });
}

}  // namespace

HierarchyManager::HierarchyManager(Paths paths, Root root, Options options)
    : Manager(std::move(paths)), root_(std::move(root)), options_(std::move(options)) {}

const Directory* HierarchyManager::directory(const std::string& controller) const {
    const auto found = paths_.by_controller.find(controller);
    if (found == paths_.by_controller.end()) {
        errno = ENOENT;
        return nullptr;
    }
    auto& opened = open_[found->second];
    if (!opened.is_open()) opened = root_.try_open(found->second);
    return opened.is_open() ? &opened : nullptr;
}

const Directory* HierarchyManager::any_directory() const {
    if (const auto* devices = directory("devices")) return devices;
    for (const auto& [controller, path] : paths_.by_controller)
        if (const auto* found = directory(controller)) return found;
    return nullptr;
}

void HierarchyManager::for_each_path(
    const std::function<void(const std::string&, const std::string&)>& action) {
    std::set<std::string> done;
    for (const auto* controller : v1_controllers()) {
        const auto found = paths_.by_controller.find(std::string(controller->name));
        if (found == paths_.by_controller.end() || !done.insert(found->second).second) continue;
        const auto path = found->second;
        try {
            action(found->first, path);
        } catch (const Error& error) {
            if (!options_.forgives || !is_permission_error(error.code())) throw;
            log::debug("going on without a {} cgroup: {}", controller->name, error.message());
            has_given_up_ = true;
            open_.erase(path);
            std::erase_if(paths_.by_controller, [&](const auto& row) { return row.second == path; });
        }
    }
}

Created HierarchyManager::create() {
    Created created;
    auto& made = created.directories;
    try {
        for_each_path([&](const std::string& controller, const std::string& path) {
            auto& directory = open_[path] = root_.make(path, made);
            const bool is_new = std::ranges::find(made, path) != made.end();
            if (is_new) new_.insert(path);
            const bool is_anothers = !is_new && !options_.made_by_systemd;
            if (is_anothers && controller == "devices") {
                if (const auto inside = processes_in(directory); !inside.empty())
                    throw Error(
                        fmt::format("container's cgroup is not empty: {} process(es) found", inside.size()));
            }
            if (is_anothers && controller == "freezer" && v1::is_frozen(directory))
                throw Error("container's cgroup unexpectedly frozen");
            if (controller == "cpuset")
                fill_cpuset(root_, directory, options_.resources.cpu.cpus, options_.resources.cpu.mems,
                            is_new);
        });
        // A process with a real-time policy cannot join a cgroup that has no real-time budget.
        if (wants_realtime(options_.resources))
            if (const auto* cpu = directory("cpu")) apply_realtime(*cpu, options_.resources);
    } catch (...) {
        for (auto path = made.rbegin(); path != made.rend(); ++path)
            root_.try_remove(*path);
        throw;
    }
    return created;
}

std::string HierarchyManager::sub_path(const std::string& path, const config::SubCgroups& below) const {
    if (const auto all = below.find(""); all != below.end()) return below_path(path, all->second);
    // Co-mounted controllers share a directory: one of them is enough to mean it.
    for (const auto& [controller, sub] : below)
        if (paths_.by_controller.at(controller) == path) return below_path(path, sub);
    return path;
}

SpawnTarget HierarchyManager::spawn_target(const config::SubCgroups& below) {
    SpawnTarget target;
    for (const auto& [controller, sub] : below)
        if (!controller.empty() && !paths_.by_controller.contains(controller))
            throw unknown_controller(controller);
    // With forgiveness every hierarchy may fail on its own, which only add_process() can handle.
    target.needs_add_process = options_.forgives;
    if (target.needs_add_process) return target;
    for_each_path([&](const std::string& controller, const std::string& path) {
        const auto wanted = sub_path(path, below);
        const auto sub = wanted == path ? Directory() : root_.try_open(wanted);
        const auto* found = wanted == path ? directory(controller) : sub.is_open() ? &sub : nullptr;
        if (found == nullptr)
            throw Error::from_errno(errno, fmt::format("can't open cgroup: openat2 {}", wanted));
        if (controller.empty()) {
            target.directory = sys::duplicate(found->fd());
            target.path = wanted;
            return;
        }
        target.self_join.push_back(found->try_open("tasks", O_WRONLY));
        if (!target.self_join.back())
            throw Error::from_errno(errno, fmt::format("can't open cgroup: openat2 {}/tasks", wanted));
    });
    return target;
}

SpawnTarget HierarchyManager::spawn_target_of(pid_t pid) {
    if (unified_path().empty()) return {};
    auto target = spawn_target({});
    auto now = unified_directory_of(root_, host::kHybridMount, pid);
    target.path = now.path();
    target.directory = now.take_fd();
    return target;
}

void HierarchyManager::add_process(pid_t pid) {
    for_each_path([&](const std::string& controller, const std::string& path) {
        const auto* found = directory(controller);
        if (found == nullptr)
            throw Error::from_errno(errno, fmt::format("failed to write {}: openat2 {}", pid, path));
        // Moving a process to where it is takes the kernel as long as moving it elsewhere.
        if (options_.made_by_systemd && std::ranges::count(processes_in(*found), pid) != 0) return;
        write_process(*found, pid);
    });
}

void HierarchyManager::set_resources(const oci::Resources& resources, DeviceRules device_rules) {
    write_resources(
        resources,
        {.in_user_namespace = options_.in_user_namespace, .skip_devices = device_rules == DeviceRules::Skip},
        nullptr);
    new_.clear();
}

void HierarchyManager::update_resources(const oci::Resources& resources, const oci::Resources& in_force,
                                        Rollback& undo) {
    new_.clear();
    write_resources(resources, {.skip_devices = true, .in_force = &in_force}, &undo);
}

void HierarchyManager::write_resources(const oci::Resources& resources, Situation situation, Rollback* undo) {
    if (!resources.unified.empty())
        throw Error(Error::Kind::InvalidConfig, "invalid configuration: cannot use unified on cgroup v1");
    for (const auto* controller : v1_controllers()) {
        if (controller->wants == nullptr || !controller->wants(resources)) continue;
        const bool is_devices = controller->name == "devices";
        if (is_devices && situation.skip_devices) continue;
        try {
            const auto* found = directory(std::string(controller->name));
            if (found == nullptr)
                throw Error(fmt::format("cannot set {} limit: container could not join or create cgroup",
                                        controller->name));
            situation.is_new = new_.contains(found->path());
            const Recording recording(open_.at(found->path()), undo);
            controller->apply(*found, resources, situation);
        } catch (const Error& error) {
            // Nobody but root can write device rules, and nobody but root can make device nodes.
            if (!is_devices || !options_.rootless) throw;
            if (restricts_devices(resources))
                log::warning("device rules are not enforced: {}; the devices cgroup has to be writable",
                             error.message());
        }
    }
}

void HierarchyManager::freeze(const Interruption& interruption) {
    const auto* freezer = directory("freezer");
    if (freezer == nullptr) throw Error("cannot toggle freezer: cgroups not configured for container");
    v1::freeze(*freezer, sys::monotonic_ms() + kFreezeTimeoutMs, interruption);
}

void HierarchyManager::thaw() {
    if (const auto* freezer = directory("freezer")) v1::thaw(*freezer);
}

void HierarchyManager::thaw_tree() {
    if (const auto* freezer = directory("freezer")) v1::thaw_tree(*freezer);
}

bool HierarchyManager::is_frozen() const {
    const auto* freezer = directory("freezer");
    return freezer != nullptr && v1::is_frozen(*freezer);
}

std::vector<pid_t> HierarchyManager::pids() const {
    const auto* directory = any_directory();
    return directory == nullptr ? std::vector<pid_t>{} : processes_in(*directory);
}

void HierarchyManager::kill_all(int signal) {
    if (!exists()) throw Error(Error::Kind::NotRunning, "cgroup not exist");
    if (const auto* unified = directory(""); unified != nullptr && signal == SIGKILL) {
        const int failure = v2::try_kill_all(*unified);
        if (failure == 0) {
            signal_each(pids(), signal);  // who left this hierarchy is still in the others
            return thaw_tree();
        }
        if (failure != ENOENT && failure != ENODEV) throw unified->write_error("cgroup.kill", "1", failure);
    }
    // Nothing may fork between the listing and the signal.
    if (const auto* freezer = directory("freezer")) {
        try {
            v1::freeze(*freezer, sys::monotonic_ms() + kFreezeToSignalMs, {});
        } catch (const Error& error) {
            log::warning("signalling without freezing first: {}", error.message());
        }
    }
    signal_each(pids(), signal);
    if (signal == SIGKILL)
        thaw_tree();
    else
        thaw();
}

bool HierarchyManager::wait_until_empty(std::int64_t deadline_ms) {
    if (const auto* unified = directory(""))
        if (!v2::wait_until_empty(*unified, deadline_ms)) return false;
    // v1 tells nobody when the last process leaves.
    for (std::int64_t delay_ms = 1; !pids().empty(); delay_ms = std::min<std::int64_t>(delay_ms * 2, 16)) {
        if (sys::monotonic_ms() >= deadline_ms) return false;
        sys::sleep_ms(delay_ms);
    }
    return true;
}

void HierarchyManager::remove() {
    open_.clear();
    std::set<std::string> distinct;
    for (const auto& [controller, path] : paths_.by_controller)
        distinct.insert(path);
    try {
        remove_trees(root_, {distinct.begin(), distinct.end()});
    } catch (Error& error) {
        error.add_context("unable to remove container's cgroup");
        throw;
    }
}

Stats HierarchyManager::stats() const {
    if (any_directory() == nullptr) throw Error(Error::Kind::NotRunning, "cgroup not exist");
    Stats stats;
    for (const auto* meter : v1_meters())
        if (const auto* found = directory(std::string(meter->controller))) meter->read(*found, stats);
    return stats;
}

std::unique_ptr<Watch> HierarchyManager::watch() const {
    const auto* any = any_directory();
    if (any == nullptr) throw Error(Error::Kind::NotRunning, "cgroup not exist");
    return std::make_unique<HierarchyWatch>(directory("memory"), directory(""), *any);
}

std::optional<std::uint64_t> HierarchyManager::oom_kill_count() const {
    const auto* memory = directory("memory");
    if (memory == nullptr) return std::nullopt;
    const auto text = memory->try_read("memory.oom_control");
    return text ? value_of(*text, "oom_kill") : std::nullopt;
}

std::string HierarchyManager::oom_cause() const {
    const auto* memory = directory("memory");
    return memory == nullptr ? "" : cgroups::oom_cause(root_, memory->path(), kMemoryFilesV1);
}

bool HierarchyManager::exists() const {
    for (const auto& [controller, path] : paths_.by_controller)
        if (root_.try_open(path).is_open()) return true;
    return false;
}

}  // namespace runcxx::cgroups::v1
