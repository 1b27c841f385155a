// SPDX-License-Identifier: Apache-2.0
#include "container/delete.h"

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/global_options.h"
#include "container/matching.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "force",
     .alias = "f",
     .kind = OptionKind::Flag,
     .summary = "kill the container if it still runs; succeed if it does not exist"},
    {.name = "regex",
     .alias = "r",
     .kind = OptionKind::Flag,
     .summary = "delete every container whose id matches the regular expression <container-id>"},
};

int run_delete(const Invocation& invocation) {
    const auto& globals = invocation.globals;
    const auto& id = invocation.arguments.id();
    const bool force = invocation.arguments.flag("force");
    if (invocation.arguments.flag("regex"))
        container::for_each_matching(globals.root, globals.root_is_default(), id, "delete",
                                     [&](const auto& each) { container::remove(globals.root, each, force); });
    else
        container::remove(globals.root, id, force);
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
