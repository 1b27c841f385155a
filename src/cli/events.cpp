// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

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

}  // namespace

const Command kEvents{
    .name = "events",
    .summary = "report statistics and out-of-memory events of a container",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
    .options = kOptions,
};

}  // namespace runcxx::cli
