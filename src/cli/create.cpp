// SPDX-License-Identifier: Apache-2.0
#include "container/create.h"

#include <fmt/core.h>

#include "base/step.h"
#include "cli/commands.h"
#include "cli/create_options.h"

namespace runcxx::cli {
namespace {

// --no-subreaper is not runc's here, but shims that pass it to run pass it everywhere.
constexpr Option kOptions[] = {
    kBundle,      kConfig,  kConsoleSocket, kPidfdSocket, kPidFile,
    kNoSubreaper, kNoPivot, kNoNewKeyring,  kPreserveFds,
};

int run_create(const Invocation& invocation) {
    step(fmt::format("{} create failed", invocation.program_name),
         [&] { container::create(to_create_options(invocation)); });
    return 0;
}

}  // namespace

const Command kCreate{
    .name = "create",
    .summary = "create a container",
    .usage = "<container-id>",
    .description =
        "Makes the container that the bundle's config.json describes and leaves its first process\n"
        "waiting: `start` lets it execute the container's program. <container-id> is the name of the\n"
        "container from now on; no other container below the same --root may have it.",
    .min_arguments = 1,
    .max_arguments = 1,
    .makes_container = true,
    .options = kOptions,
    .run = run_create,
};

}  // namespace runcxx::cli
