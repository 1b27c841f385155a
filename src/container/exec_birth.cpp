// SPDX-License-Identifier: Apache-2.0
// Three ways into the cgroup, in this order:
//   born in the container's cgroup;
//   born in the one where the container's init is now: a container that manages cgroups itself may have moved its
//   init away, and then the one it was made in takes no more processes, or is gone;
//   born outside, and moved when all forks are done. This is slower (a move may wait milliseconds for the kernel),
//   but works on old kernels, where pids.max is reached (it counts forks, not moves), and for a paused container:
//   in a frozen cgroup a child would never get as far as to tell us that it runs.
#include "container/exec_birth.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/step.h"
#include "sys/scheduling.h"

namespace runcxx::container {
namespace {

using InitPointer = std::unique_ptr<launch::InitProcess>;

// The CPUs that we, and so init, run on until init is in its cgroup (runtime-spec, "execCPUAffinity").
class InitialAffinity {
public:
    explicit InitialAffinity(const std::vector<std::uint64_t>& cpus) {
        if (cpus.empty()) return;
        before_ = sys::cpu_affinity(0);
        if (const int error = sys::try_set_cpu_affinity(0, cpus); error != 0)
            throw Error::from_errno(error, "error setting initial CPU affinity");
    }
    ~InitialAffinity() {
        if (!before_.empty()) sys::try_set_cpu_affinity(0, before_);
    }
    InitialAffinity(const InitialAffinity&) = delete;
    InitialAffinity& operator=(const InitialAffinity&) = delete;

private:
    std::vector<std::uint64_t> before_;
};

class Birth {
public:
    Birth(const ExecPlan& plan, InitIo io, sys::SignalFd& signals) : plan_(plan), signals_(signals) {
        const auto& affinity = plan.process.affinity;
        init_.log_level = static_cast<std::uint8_t>(log::destination().level);
        init_.process = plan.process.setup;
        request_.for_exec = true;
        request_.console_socket = io.console_socket;
        request_.pidfd_socket = io.pidfd_socket;
        request_.stdio = std::move(io.stdio);
        request_.preserved_fds = plan.process.setup.preserved_fds;
        request_.keep_affinity = !affinity.initial.empty() || !affinity.final.empty();
    }

    InitPointer run() {
        const InitialAffinity affinity(plan_.process.affinity.initial);
        const auto own = open([&] { return cgroup().spawn_target(plan_.sub_cgroups); });
        if (auto init = try_born_in(own)) return init;
        // A path that was asked for is not replaced by another.
        cgroups::SpawnTarget of_init;
        if (plan_.sub_cgroups.empty())
            of_init = open([&] { return cgroup().spawn_target_of(plan_.init_pid()); });
        const bool is_elsewhere = of_init.directory && of_init.path != own.path;
        if (is_elsewhere)
            if (auto init = try_born_in(of_init)) return init;

        auto init = born();
        if (try_move(*init, own) || (is_elsewhere && try_move(*init, of_init))) return init;
        if (refusal_ && !forgives()) {
            refusal_->add_context(fmt::format("error adding pid {} to cgroups", init->pid()));
            throw Error(*refusal_);
        }
        return init;
    }

private:
    cgroups::Manager& cgroup() const { return plan_.container.cgroup(); }
    bool forgives() const { return plan_.container.facts()->rootless_cgroup; }
    static bool is_empty(const cgroups::SpawnTarget& target) {
        return !target.directory && target.self_join.empty();
    }

    void refuse(const Error& error) {
        log::debug("not in the container's cgroup yet: {}", error.message());
        if (!refusal_) refusal_ = error;
    }

    // Empty when it cannot be opened: there may still be something to try, and as in runc it is a process that could
    // not be added. A wrong --cgroup is refused at once.
    template <class Open>
    cgroups::SpawnTarget open(Open&& open_target) {
        try {
            return open_target();
        } catch (const Error& error) {
            if (!plan_.sub_cgroups.empty() && error.code() == 0) throw;
            refuse(error);
            return {};
        }
    }

    // nullptr when that did not work. What it failed at may have to do with the cgroup, or not; then it fails
    // again elsewhere, and is heard of.
    InitPointer try_born_in(const cgroups::SpawnTarget& target) {
        if (plan_.is_paused || is_empty(target)) return nullptr;
        request_.cgroup = target.directory ? &target.directory : nullptr;
        request_.cgroup_joins = target.self_join.empty() ? nullptr : &target.self_join;
        try {
            return born();
        } catch (const Error& error) {
            // Elsewhere it would only get around the memory limit that it died of.
            const bool was_out_of_memory = cgroup().oom_kill_count() != plan_.oom_kills;
            if (error.kind() == Error::Kind::Interrupted || was_out_of_memory) throw;
            refuse(error);
            request_.cgroup = nullptr;
            request_.cgroup_joins = nullptr;
            return nullptr;
        }
    }

    InitPointer born() {
        auto init = std::make_unique<launch::InitProcess>(request_, signals_);
        step("enter namespaces", [&] { init->bootstrap(exec_bootstrap(plan_), init_); });
        return init;
    }

    bool try_move(const launch::InitProcess& init, const cgroups::SpawnTarget& target) {
        if (is_empty(target)) return false;
        try {
            cgroups::add_process(target, init.pid());
            return true;
        } catch (const Error& error) {
            refuse(error);
            return false;
        }
    }

    const ExecPlan& plan_;
    sys::SignalFd& signals_;
    config::Init init_;
    launch::SpawnRequest request_;
    std::optional<Error> refusal_;  // the first
};

}  // namespace

std::unique_ptr<launch::InitProcess> give_birth(const ExecPlan& plan, InitIo io, sys::SignalFd& signals) {
    return Birth(plan, std::move(io), signals).run();
}

}  // namespace runcxx::container
