// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"
#include "cli/cgroup_access.h"
#include "cli/commands.h"
#include "cli/global_options.h"
#include "container/pause.h"

namespace runcxx::cli {
namespace {

int run_resume(const Invocation& invocation) {
    with_access_hint("resume",
                     [&] { container::resume(invocation.globals.root, invocation.arguments.id()); });
    return 0;
}

}  // namespace

const Command kResume{
    .name = "resume",
    .summary = "thaw a container that was paused",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_resume,
};

}  // namespace runcxx::cli
