// SPDX-License-Identifier: Apache-2.0
#include "container/state.h"

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/global_options.h"
#include "oci/state.h"
#include "sys/standard_streams.h"

namespace runcxx::cli {
namespace {

int run_state(const Invocation& invocation) {
    // Clients compare bytes: no newline at the end.
    sys::write_to_stdout(oci::to_json(container::state(invocation.globals.root, invocation.arguments.id())));
    return 0;
}

}  // namespace

const Command kState{
    .name = "state",
    .summary = "print the state of a container as JSON",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_state,
};

}  // namespace runcxx::cli
