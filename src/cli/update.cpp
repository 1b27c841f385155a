// SPDX-License-Identifier: Apache-2.0
#include "container/update.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/global_options.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "resources",
     .alias = "r",
     .value = "FILE",
     .summary = "read linux.resources as JSON from FILE (- is stdin); other options are then ignored"},
    {.name = "blkio-weight",
     .kind = OptionKind::Number,
     .value = "N",
     .summary = "block io weight, 10 to 1000"},
    {.name = "cpu-period", .value = "USEC", .summary = "length of a CFS period, 0 for the default"},
    {.name = "cpu-quota", .value = "USEC", .summary = "cpu time in a CFS period"},
    {.name = "cpu-burst", .value = "USEC", .summary = "cpu time that may be saved up for a burst"},
    {.name = "cpu-share", .value = "N", .summary = "relative cpu weight"},
    {.name = "cpu-rt-period", .value = "USEC", .summary = "length of a realtime period, 0 for the default"},
    {.name = "cpu-rt-runtime", .value = "USEC", .summary = "cpu time in a realtime period"},
    {.name = "cpuset-cpus", .value = "LIST", .summary = "cpus to use"},
    {.name = "cpuset-mems", .value = "LIST", .summary = "memory nodes to use"},
    {.name = "kernel-memory", .summary = "(ignored)", .hidden = true},
    {.name = "kernel-memory-tcp", .summary = "(ignored)", .hidden = true},
    {.name = "memory", .value = "BYTES", .summary = "memory limit"},
    {.name = "cpu-idle", .value = "0|1", .summary = "1: run only when nothing else does (SCHED_IDLE)"},
    {.name = "memory-reservation", .value = "BYTES", .summary = "soft memory limit"},
    {.name = "memory-swap", .value = "BYTES", .summary = "limit of memory and swap together, -1 for none"},
    {.name = "pids-limit", .kind = OptionKind::Number, .value = "N", .summary = "number of processes"},
    {.name = "l3-cache-schema", .value = "SCHEMA", .summary = "Intel RDT L3 cache allocation"},
    {.name = "mem-bw-schema", .value = "SCHEMA", .summary = "Intel RDT memory bandwidth allocation"},
};

// Those that are no resource of config::resources_of_flags.
constexpr std::array<std::string_view, 3> kOtherOptions{"resources", "l3-cache-schema", "mem-bw-schema"};

int run_update(const Invocation& invocation) {
    const auto& arguments = invocation.arguments;
    container::UpdateOptions options;
    options.resources_file = arguments.text("resources");
    options.l3_cache_schema = arguments.text("l3-cache-schema");
    options.mem_bw_schema = arguments.text("mem-bw-schema");
    for (const auto& option : kOptions) {
        if (!arguments.is_given(option.name) ||
            std::ranges::find(kOtherOptions, option.name) != kOtherOptions.end())
            continue;
        options.flags.push_back({option.name, option.kind == OptionKind::Number
                                                  ? std::to_string(arguments.number(option.name))
                                                  : arguments.text(option.name)});
    }
    container::update(invocation.globals.root, arguments.id(), options);
    return 0;
}

}  // namespace

const Command kUpdate{
    .name = "update",
    .summary = "change the resource limits of a container",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
    .options = kOptions,
    .run = run_update,
};

}  // namespace runcxx::cli
