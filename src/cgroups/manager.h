// SPDX-License-Identifier: Apache-2.0
// The cgroups of one container: where they are, making, joining, limiting, freezing, killing and removing
// them. cgroup v1, hybrid and v2, through the file system or systemd. Runs in: runtime. Must not: be used in init, or
// touch the host in a constructor.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/rollback.h"
#include "cgroups/mount.h"
#include "cgroups/stats.h"
#include "cgroups/watch.h"
#include "config/container.h"
#include "config/exec.h"
#include "host/facts.h"
#include "oci/spec.h"
#include "sys/unique_fd.h"

namespace runcxx::cgroups {

// Where a container's cgroups are. Known before the first side effect (it belongs into the intent record),
// stored in state.json (cgroup_paths), enough to manage the container later.
struct Paths {
    config::CgroupDriver driver = config::CgroupDriver::Cgroupfs;
    // Controller -> absolute directory. v1: one row per controller, "name=systemd" among them, and "" for the
    // cgroup2 directory of a hybrid host. v2: only "". Empty: nothing is managed.
    std::map<std::string, std::string> by_controller;
    // Driver systemd: the unit whose cgroup this is, and its slice.
    std::string unit, slice;

    bool operator==(const Paths&) const = default;
    // All of it is one cgroup2 directory.
    bool is_unified() const { return by_controller.size() == 1 && by_controller.begin()->first.empty(); }
};

// What create() newly made, for the rollback: absolute paths, outermost first.
struct Created {
    std::vector<std::string> directories;
};
// rmdir of what was made, innermost first. What others use by now stays. Never throws.
void remove_created(const Created& created) noexcept;

// How whoever waits is told to give up: `fd` is readable then, and `check` throws if it is meant.
struct Interruption {
    const sys::UniqueFd* fd = nullptr;
    std::function<void()> check;
};

// How a process is born inside, on a hybrid host by both means. Who cannot use it calls add_process()
// instead, which is slower: a write of a pid to cgroup.procs takes a kernel-wide lock and waits up to 8 ms
// for an RCU grace period when nobody did it lately; a single-threaded process that moves itself ("0" to
// `tasks`) does not.
struct SpawnTarget {
    sys::UniqueFd directory;               // v2: CLONE_INTO_CGROUP
    std::vector<sys::UniqueFd> self_join;  // v1: the child writes "0" to each (a `tasks` file) before exec
    bool needs_add_process = false;        // rootless v1, systemd: the two are empty, call add_process()
    std::string path;                      // of `directory`
};
// Moves a process there that was born elsewhere; nothing to do for an empty target. Errors as Manager::add_process.
void add_process(const SpawnTarget& target, pid_t pid);

enum class DeviceRules : std::uint8_t { Apply, Skip };  // `update` skips them

class Manager {
public:
    virtual ~Manager() = default;
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    // Shrinks when a rootless manager had to give up a hierarchy (create, add_process).
    const Paths& paths() const { return paths_; }
    // The directory of a controller, empty when there is none; v2: the one directory, whatever is asked for.
    std::string path(const std::string& controller) const;
    // The cgroup2 directory (v2 or hybrid), or empty.
    std::string unified_path() const;

    // Makes the directories, enables controllers (v2), writes or inherits cpusets and writes real-time values
    // (v1: a process cannot join without). Errors: "container's cgroup is not empty: N process(es) found",
    // "container's cgroup unexpectedly frozen", "mkdir ...". What a failed create() made is gone again.
    // Rootless without a path in the spec: permission errors are forgiven (contract 6.1), see has_given_up().
    // systemd: nothing yet, since a scope begins with its first process: add_process().
    virtual Created create() = 0;
    // Takes back what create() and the first add_process() made. The processes have ended.
    virtual void undo_create(const Created& created) noexcept { remove_created(created); }
    // The container's cgroup, or existing ones below it (exec --cgroup). Precondition: the cgroup exists.
    // Errors: "can't open cgroup: ...", "bad sub cgroup path: ...", "unknown controller X in SubCgroupPaths".
    virtual SpawnTarget spawn_target(const config::SubCgroups& below = {}) = 0;
    // The same, but in cgroup2 the cgroup that a process is in now, wherever that is. A container that manages
    // cgroups itself (systemd, another engine) moves its init, and puts domain controllers on the cgroup that it was
    // made in, which takes no more processes then (EBUSY). Empty without cgroup2, and when the process has gone.
    virtual SpawnTarget spawn_target_of(pid_t pid) = 0;
    // Moves a process (with all its threads) into every hierarchy.
    // Errors: "failed to write PID: ..."; EINVAL (a process that is not set up yet) is retried 5 times, 30 ms
    // apart. systemd, after create(): makes the unit with this process in it, see Client::start_unit().
    virtual void add_process(pid_t pid) = 0;
    // No cgroup at all could be made or joined and that was forgiven: the container is not in a cgroup of its
    // own.
    virtual bool has_given_up() const { return false; }

    // What set_resources() takes that can be made before it: the device program of v2, while init is busy. Optional.
    // Errors: those of v2::load_device_program().
    virtual void prepare_resources(const oci::Resources& resources, DeviceRules device_rules);
    // Writes what is present in `resources`, nothing else (contract 6.2). `devices` must be the complete
    // list: rules of the spec, then the default ones. Not atomic: throws at the first file that refuses.
    virtual void set_resources(const oci::Resources& resources, DeviceRules device_rules) = 0;

    // The same for a container that runs, but for device rules, which nothing changes. `in_force` is what was
    // applied before: only read, where a file's value is made of two resources. `undo` gets an action for each
    // write, which restores what was read just before it; they use this manager. When this throws, what was
    // written until then stands: the caller undoes it, together with what else belongs to the update.
    // Error: "cannot set X limit: container could not join or create cgroup".
    virtual void update_resources(const oci::Resources& resources, const oci::Resources& in_force,
                                  Rollback& undo) = 0;
    // What update_resources() would refuse before it writes anything, for who has it half done by somebody else.
    virtual void check_update(const oci::Resources& resources);

    // Waits until frozen, 10 s at most; thaws again when that fails or is interrupted. Errors: "unable to
    // freeze: ..." (v1), "timeout of 10s reached waiting for the cgroup to freeze: ..." (v2) with the tasks
    // that could not be frozen; "cannot toggle freezer: cgroups not configured for container".
    virtual void freeze(const Interruption& interruption) = 0;
    // Nothing to thaw, or no freezer: no error. What the container froze below by itself stays frozen.
    virtual void thaw() = 0;
    // Everything below as well, for who has sent SIGKILL: on v1 a frozen process does not die.
    virtual void thaw_tree() = 0;
    // Frozen itself, or about to be, not by an ancestor. False when there is no cgroup.
    virtual bool is_frozen() const = 0;

    // Of the cgroup and everything below. ENOENT and ENODEV (just removed) give an empty list.
    virtual std::vector<pid_t> pids() const = 0;
    // All processes of the cgroup and everything below, frozen or not, and those they fork meanwhile. They are
    // thawed afterwards; SIGKILL thaws everything below too. Errors: NotRunning "cgroup not exist".
    virtual void kill_all(int signal) = 0;
    // False when processes are left at the deadline (sys::monotonic_ms). v2: woken by cgroup.events; v1:
    // looks again, 1 ms and doubling up to 16 ms apart.
    virtual bool wait_until_empty(std::int64_t deadline_ms) = 0;
    // Removes the cgroups with everything below. EBUSY is retried 10 times, 1 ms and doubling apart. A
    // missing directory is fine. Error: "unable to remove container's cgroup: ..." naming the processes
    // inside.
    virtual void remove() = 0;

    // What it uses at this moment. Controllers that are missing add nothing. Errors: "cgroup not exist"; "read
    // <path>/<file>: ...".
    virtual Stats stats() const = 0;
    // From now on. Uses this manager. Errors: NotRunning "cgroup not exist".
    virtual std::unique_ptr<Watch> watch() const = 0;

    // Number of OOM kills so far; nullopt when it cannot be read.
    virtual std::optional<std::uint64_t> oom_kill_count() const = 0;
    // After an OOM kill: which limit was reached (oom.h). Empty without a memory controller.
    virtual std::string oom_cause() const = 0;
    virtual bool exists() const = 0;

protected:
    explicit Manager(Paths paths) : paths_(std::move(paths)) {}
    Paths paths_;
};

// SIGKILL to all processes that are there. A cgroup that does not exist, or goes meanwhile (systemd removes one that is
// empty), has none. Errors: those of kill_all() but NotRunning.
void kill_remaining(Manager& manager);

// Computes the paths; no side effect. `facts` is only read during the call, `interruption` as long as the manager
// lives. Errors: v1 without a devices hierarchy; "invalid configuration: cannot use unified on cgroup v1"; those of
// systemd::create_manager().
std::unique_ptr<Manager> create_manager(const config::Cgroup& cgroup, const std::string& id,
                                        const host::Facts& facts, const Interruption& interruption = {});
// Of an existing container, whatever driver made it. `rootless` as in config::Cgroup. Needs no facts: the paths tell
// v1 from v2. `mount`, if it is lent, outlives the manager.
std::unique_ptr<Manager> restore_manager(const Paths& paths, bool rootless, const Mount* mount = nullptr);

// Where the container's cgroups will be with the cgroupfs driver. Pure but for a mount table that is read on hosts
// which are containers themselves.
Paths compute_paths(const config::Cgroup& cgroup, const std::string& id, const host::Facts& facts);

// Fills `unified` and `hierarchies` (not `own_namespace`) for a mount of type "cgroup".
void fill_cgroup_mount(config::CgroupMount& mount, const Paths& paths, const host::Facts& facts);

}  // namespace runcxx::cgroups
