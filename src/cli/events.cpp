// SPDX-License-Identifier: Apache-2.0
#include "container/events.h"

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/global_options.h"
#include "sys/standard_streams.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "interval",
     .kind = OptionKind::Duration,
     .value = "DURATION",
     .summary = "time between two statistics",
     .fallback = "5s"},
    {.name = "stats", .kind = OptionKind::Flag, .summary = "print the statistics once and end"},
};

int run_events(const Invocation& invocation) {
    const auto& arguments = invocation.arguments;
    container::events(invocation.globals.root, arguments.id(),
                      {.interval_ns = arguments.number("interval"), .stats_once = arguments.flag("stats")},
                      [](std::string_view line) { sys::write_to_stdout(line); });
    return 0;
}

}  // namespace

const Command kEvents{
    .name = "events",
    .summary = "report statistics and out-of-memory events of a container",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
    .options = kOptions,
    .run = run_events,
};

}  // namespace runcxx::cli
