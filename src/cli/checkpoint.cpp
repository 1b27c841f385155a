// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/criu_options.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    kImagePath,
    kWorkPath,
    {.name = "parent-path",
     .value = "DIR",
     .summary = "images of the pre-dump before, relative to --image-path"},
    {.name = "leave-running", .kind = OptionKind::Flag, .summary = "let the container go on"},
    kTcpEstablished,
    {.name = "tcp-skip-in-flight", .kind = OptionKind::Flag, .summary = "skip half-open TCP connections"},
    {.name = "link-remap", .kind = OptionKind::Flag, .summary = "allow unlinked files to be linked again"},
    kExtUnixSk,
    kShellJob,
    kLazyPages,
    {.name = "status-fd",
     .kind = OptionKind::Number,
     .value = "FD",
     .summary = "CRIU writes a null byte there when lazy pages can be served",
     .fallback = "-1"},
    {.name = "page-server", .value = "ADDRESS:PORT", .summary = "send memory pages to a page server"},
    kFileLocks,
    {.name = "pre-dump", .kind = OptionKind::Flag, .summary = "memory only; the container goes on"},
    kManageCgroupsMode,
    kEmptyNs,
    kAutoDedup,
};

}  // namespace

const Command kCheckpoint{
    .name = "checkpoint",
    .summary = "save a running container with CRIU",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
    .options = kOptions,
};

}  // namespace runcxx::cli
