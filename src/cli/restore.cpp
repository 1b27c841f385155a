// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/create_options.h"
#include "cli/criu_options.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    kConsoleSocket,
    kImagePath,
    kWorkPath,
    kTcpEstablished,
    kExtUnixSk,
    kShellJob,
    kFileLocks,
    kManageCgroupsMode,
    kBundle,
    kDetach,
    kPidFile,
    kNoSubreaper,
    kNoPivot,
    kEmptyNs,
    kAutoDedup,
    kLazyPages,
    {.name = "lsm-profile", .value = "TYPE:NAME", .summary = "LSM profile of the restored processes"},
    {.name = "lsm-mount-context", .value = "CONTEXT", .summary = "LSM context of the restored mounts"},
};

}  // namespace

const Command kRestore{
    .name = "restore",
    .summary = "bring a container back from a checkpoint",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
    .makes_container = true,
    .options = kOptions,
};

}  // namespace runcxx::cli
