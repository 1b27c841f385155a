// SPDX-License-Identifier: Apache-2.0
#include "container/run.h"

#include <fmt/core.h>

#include "base/step.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/create_options.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    kBundle,
    kConfig,
    kConsoleSocket,
    kPidfdSocket,
    kDetach,
    {.name = "keep", .kind = OptionKind::Flag, .summary = "do not delete the container after its end"},
    kPidFile,
    kNoSubreaper,
    kNoPivot,
    kNoNewKeyring,
    kPreserveFds,
};

int run_run(const Invocation& invocation) {
    return step(fmt::format("{} run failed", invocation.program_name), [&] {
        auto options = to_create_options(invocation);
        options.detach = invocation.arguments.flag("detach");
        options.keep = invocation.arguments.flag("keep");
        return container::run(options);
    });
}

}  // namespace

const Command kRun{
    .name = "run",
    .summary = "create and start a container",
    .usage = "<container-id>",
    .description =
        "Create and start in one. In the foreground (without --detach) signals are forwarded to the\n"
        "container, its end is waited for, it is deleted, and its exit status is ours.",
    .min_arguments = 1,
    .max_arguments = 1,
    .makes_container = true,
    .options = kOptions,
    .run = run_run,
};

}  // namespace runcxx::cli
