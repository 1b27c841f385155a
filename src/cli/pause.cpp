// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

namespace runcxx::cli {

const Command kPause{
    .name = "pause",
    .summary = "freeze all processes of a container",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
};

}  // namespace runcxx::cli
