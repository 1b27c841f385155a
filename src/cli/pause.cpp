// SPDX-License-Identifier: Apache-2.0
#include "container/pause.h"

#include "cli/arguments.h"
#include "cli/cgroup_access.h"
#include "cli/commands.h"
#include "cli/global_options.h"

namespace runcxx::cli {
namespace {

int run_pause(const Invocation& invocation) {
    with_access_hint("pause", [&] { container::pause(invocation.globals.root, invocation.arguments.id()); });
    return 0;
}

}  // namespace

const Command kPause{
    .name = "pause",
    .summary = "freeze all processes of a container",
    .usage = "<container-id>",
    .description =
        "No process of the container runs until `resume`; signals wait as long. When some of them cannot\n"
        "be frozen, all of them go on.",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_pause,
};

}  // namespace runcxx::cli
