// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "format", .alias = "f", .value = "FORMAT", .summary = "table or json", .fallback = "table"},
};

}  // namespace

const Command kPs{
    .name = "ps",
    .summary = "show the processes of a container",
    .usage = "<container-id> [ps options]",
    .description = "As a table, ps(1) is run with the options given (default: -ef) and filtered.",
    .min_arguments = 1,
    .max_arguments = kUnlimited,
    .options_end_at_argument = true,
    .options = kOptions,
};

}  // namespace runcxx::cli
