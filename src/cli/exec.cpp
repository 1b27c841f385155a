// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/create_options.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    kConsoleSocket,
    kPidfdSocket,
    {.name = "cwd", .value = "DIR", .summary = "working directory in the container"},
    {.name = "env",
     .alias = "e",
     .kind = OptionKind::List,
     .value = "NAME=VALUE",
     .summary = "add an environment variable"},
    {.name = "tty", .alias = "t", .kind = OptionKind::Flag, .summary = "give the process a terminal"},
    {.name = "user", .alias = "u", .value = "UID[:GID]", .summary = "run as this user"},
    {.name = "additional-gids",
     .alias = "g",
     .kind = OptionKind::List,
     .value = "GID",
     .summary = "add a supplementary group"},
    {.name = "process",
     .alias = "p",
     .value = "FILE",
     .summary = "read the process object from FILE instead"},
    kDetach,
    kPidFile,
    {.name = "process-label", .value = "LABEL", .summary = "SELinux label of the process"},
    {.name = "apparmor", .value = "PROFILE", .summary = "AppArmor profile of the process"},
    {.name = "no-new-privs", .kind = OptionKind::Flag, .summary = "set no_new_privs"},
    {.name = "cap", .alias = "c", .kind = OptionKind::List, .value = "CAP", .summary = "add a capability"},
    kPreserveFds,
    {.name = "cgroup",
     .kind = OptionKind::List,
     .value = "[CONTROLLERS:]PATH",
     .summary = "run in a cgroup below the container's"},
    {.name = "ignore-paused", .kind = OptionKind::Flag, .summary = "also in a paused container"},
};

}  // namespace

const Command kExec{
    .name = "exec",
    .summary = "run another process in a container",
    .usage = "<container-id> <command> [command options] || --process FILE <container-id>",
    .min_arguments = 1,
    .max_arguments = kUnlimited,
    .options_end_at_argument = true,
    .options = kOptions,
};

}  // namespace runcxx::cli
