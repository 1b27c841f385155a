// SPDX-License-Identifier: Apache-2.0
#include "container/update.h"

#include <fcntl.h>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/rollback.h"
#include "base/step.h"
#include "base/text.h"
#include "config/resolve.h"
#include "container/handle.h"
#include "host/facts.h"
#include "intelrdt/group.h"
#include "oci/json.h"
#include "sys/file.h"
#include "sys/poll.h"

namespace runcxx::container {
namespace {

oci::Resources read_resources(const std::string& file) {
    const bool is_stdin = file == "-";
    const auto fd = is_stdin ? sys::duplicate_inherited(0) : sys::open_file(HostPath(file), O_RDONLY);
    const std::string name = is_stdin ? "stdin" : file;
    return step(name, [&] { return oci::parse_resources(sys::read_all(fd, name)); });
}

oci::Resources requested(const UpdateOptions& options) {
    auto named = options.resources_file.empty() ? config::resources_of_flags(options.flags)
                                                : read_resources(options.resources_file);
    // Never part of an update: others (plug-ins for GPUs) add rules to ours.
    named.devices.clear();
    std::vector<std::string> warnings;
    config::normalise_resources(named, warnings);
    for (const auto& warning : warnings)
        log::warning("{}", warning);
    config::complete_update(named);
    return named;
}

void update_intel_rdt(const UpdateOptions& options, Intent& intent, Rollback& undo) {
    if (options.l3_cache_schema.empty() && options.mem_bw_schema.empty()) return;
    const auto facts = host::probe();
    const auto& resctrl = facts.resctrl.get();
    if (!options.l3_cache_schema.empty() && !resctrl.has_cache_allocation)
        throw Error("Intel RDT/CAT: l3 cache schema is not enabled");
    if (!options.mem_bw_schema.empty() && !resctrl.has_bandwidth_allocation)
        throw Error("Intel RDT/MBA: memory bandwidth schema is not enabled");
    if (!intent.intel_rdt || !intent.intel_rdt_group)
        throw Error("updating a non-existent Intel RDT configuration is not supported");
    auto& asked = *intent.intel_rdt;
    if (!options.l3_cache_schema.empty()) asked.l3_cache_schema = options.l3_cache_schema;
    if (!options.mem_bw_schema.empty()) asked.mem_bw_schema = options.mem_bw_schema;
    intelrdt::update_schemata(*intent.intel_rdt_group, asked, undo);
}

void apply(Handle& container, const UpdateOptions& options, const oci::Resources& named) {
    // A signal between two files would leave half of an update.
    const sys::SignalFd uninterrupted;
    auto state = container.state().value();
    Rollback undo;
    try {
        update_intel_rdt(options, state.intent, undo);
        container.cgroup().update_resources(named, state.resources, undo);
        state.resources = config::merge_resources(state.resources, named);
        container.dir().write_state(state);
    } catch (const Error& error) {
        const auto left = undo.undo();
        if (left.empty()) throw;
        throw Error(error.kind(), fmt::format("{}; {}", error.message(), join(left, "; ")), error.code());
    }
    undo.commit();
}

}  // namespace

void update(const HostPath& root, const std::string& id, const UpdateOptions& options) {
    auto dir = StateDir::open(root, id);
    // Before the lock: whoever writes to our stdin may take his time.
    const auto named = requested(options);
    dir.lock();
    auto container = Handle::load(std::move(dir));
    if (!can_update(container.status())) throw Error(Error::Kind::NotRunning, "container not running");
    apply(container, options, named);
}

}  // namespace runcxx::container
