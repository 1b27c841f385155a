// SPDX-License-Identifier: Apache-2.0
#include "container/start.h"

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/global_options.h"

namespace runcxx::cli {
namespace {

int run_start(const Invocation& invocation) {
    container::start(invocation.globals.root, invocation.arguments.id());
    return 0;
}

}  // namespace

const Command kStart{
    .name = "start",
    .summary = "execute the program of a created container",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_start,
};

}  // namespace runcxx::cli
