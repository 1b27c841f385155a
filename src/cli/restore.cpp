// SPDX-License-Identifier: Apache-2.0
#include "container/restore.h"

#include "cli/arguments.h"
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
    {.name = "tcp-close", .kind = OptionKind::Flag, .summary = "TCP connections are closed"},
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

int run_restore(const Invocation& invocation) {
    const auto& arguments = invocation.arguments;
    warn_if_rootless();
    container::RestoreOptions options;
    options.create = to_common_options(invocation);
    options.create.detach = arguments.flag("detach");
    options.paths = to_image_paths(arguments);
    options.criu = to_criu_options(arguments);
    options.criu.tcp_close = arguments.flag("tcp-close");
    options.criu.lsm_profile = arguments.text("lsm-profile");
    options.criu.lsm_mount_context = arguments.text("lsm-mount-context");
    return container::restore(options);
}

}  // namespace

const Command kRestore{
    .name = "restore",
    .summary = "bring a container back from a checkpoint",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
    .makes_container = true,
    .options = kOptions,
    .run = run_restore,
};

}  // namespace runcxx::cli
