// SPDX-License-Identifier: Apache-2.0
#include "container/groundwork.h"

#include <sched.h>

#include <fmt/core.h>

#include "base/error.h"
#include "base/step.h"
#include "container/boot_id.h"
#include "intelrdt/group.h"
#include "launch/init_process.h"
#include "sys/clock.h"
#include "sys/file.h"

namespace runcxx::container {
namespace {

Intent make_intent(const Plan& plan, const cgroups::Manager& cgroup) {
    const auto& config = plan.config;
    Intent intent;
    intent.id = config.id;
    intent.bundle = config.bundle;
    intent.config_file = plan.config_file.str();
    intent.rootfs = config.setup.rootfs;
    intent.created = sys::utc_timestamp();
    intent.boot_id = current_boot_id();
    intent.annotations = config.annotations;
    intent.cgroup_driver = cgroup.paths().driver;
    intent.rootless_cgroup = config.cgroup.rootless;
    intent.cgroup_paths = cgroup.paths().by_controller;
    intent.systemd_unit = cgroup.paths().unit;
    intent.systemd_slice = cgroup.paths().slice;
    intent.hooks.poststart = config.hooks.poststart;
    intent.hooks.poststop = config.hooks.poststop;
    intent.private_pid_namespace = config.namespaces.creates(CLONE_NEWPID);
    intent.intel_rdt = config.intel_rdt;
    if (config.intel_rdt)
        intent.intel_rdt_group = step("unable to apply Intel RDT configuration", [&] {
            return intelrdt::find_group(*config.intel_rdt, config.id, plan.facts.resctrl.get().path);
        });
    return intent;
}

// Before the intent is written: what the record names may be killed by `delete --force`, so it must be ours. And in a
// frozen one init would never answer; systemd would put it there.
void refuse_in_use(const cgroups::Manager& cgroup) {
    if (!cgroup.exists()) return;
    if (const auto pids = cgroup.pids(); !pids.empty())
        throw Error(fmt::format("container's cgroup is not empty: {} process(es) found", pids.size()));
    if (cgroup.is_frozen()) throw Error("container's cgroup unexpectedly frozen");
}

// Makes the resctrl groups, with what they may use set before anybody is in them.
void make_intel_rdt_group(const Intent& intent, Rollback& rollback) {
    if (!intent.intel_rdt) return;
    const auto& group = *intent.intel_rdt_group;
    step("unable to apply Intel RDT configuration", [&] {
        auto made = intelrdt::create(group);
        rollback.add("remove resctrl group", [group, made] { intelrdt::undo(group, made); });
        intelrdt::write_schemata(group, *intent.intel_rdt);
    });
}

}  // namespace

Groundwork::Groundwork(const Plan& plan, sys::SignalFd& signals)
    : cgroup(cgroups::create_manager(
          plan.config.cgroup, plan.config.id, plan.facts,
          {.fd = &signals.fd(), .check = [&signals] { launch::throw_if_interrupted(signals); }})),
      intent(make_intent(plan, *cgroup)),
      dir(StateDir::create(plan.options.root, plan.config.id)) {
    rollback.add("remove state directory", [path = dir.path()] { sys::remove_tree(path); });
    refuse_in_use(*cgroup);
    dir.write_intent(intent);

    made = step("create cgroup", [&] { return cgroup->create(); });
    if (made.directories.empty()) oom_kills_before_ = cgroup->oom_kill_count().value_or(0);
    rollback.add("remove cgroup", [this] {
        if (cgroup->exists() && !cgroup->pids().empty()) {
            cgroups::kill_remaining(*cgroup);
            cgroup->thaw();
            cgroup->wait_until_empty(sys::monotonic_ms() + 2000);
        }
        cgroup->undo_create(made);
    });
    make_intel_rdt_group(intent, rollback);
}

// Any OOM kill more than before was of ours.
void Groundwork::rethrow_with_cause(Error& error) const {
    if (cgroup->oom_kill_count().value_or(0) <= oom_kills_before_) throw error;
    error.add_context(cgroup->oom_cause());
    throw Error(Error::Kind::OutOfMemory,
                fmt::format("container init was OOM-killed (memory limit too low?): {}", error.message()),
                error.code());
}

}  // namespace runcxx::container
