// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

namespace runcxx::cli {

const Command kResume{
    .name = "resume",
    .summary = "thaw a container that was paused",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
};

}  // namespace runcxx::cli
