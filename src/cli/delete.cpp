// SPDX-License-Identifier: Apache-2.0
#include "container/delete.h"

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/global_options.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "force",
     .alias = "f",
     .kind = OptionKind::Flag,
     .summary = "kill the container if it still runs; succeed if it does not exist"},
};

int run_delete(const Invocation& invocation) {
    container::remove(invocation.globals.root, invocation.arguments.id(), invocation.arguments.flag("force"));
    return 0;
}

}  // namespace

const Command kDelete{
    .name = "delete",
    .summary = "remove a container and what it holds on the host",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
    .options = kOptions,
    .run = run_delete,
};

}  // namespace runcxx::cli
