// SPDX-License-Identifier: Apache-2.0
// The options that checkpoint and restore share. Runs in: runtime. Pure data.
#pragma once

#include "cli/option.h"

namespace runcxx::cli {

inline constexpr Option kImagePath{
    .name = "image-path", .value = "DIR", .summary = "directory of CRIU's images (default: ./checkpoint)"};
inline constexpr Option kWorkPath{.name = "work-path", .value = "DIR", .summary = "directory of CRIU's log"};
inline constexpr Option kTcpEstablished{
    .name = "tcp-established", .kind = OptionKind::Flag, .summary = "allow open TCP connections"};
inline constexpr Option kExtUnixSk{
    .name = "ext-unix-sk", .kind = OptionKind::Flag, .summary = "allow external unix sockets"};
inline constexpr Option kShellJob{
    .name = "shell-job", .kind = OptionKind::Flag, .summary = "allow a controlling terminal from outside"};
inline constexpr Option kFileLocks{
    .name = "file-locks", .kind = OptionKind::Flag, .summary = "keep file locks"};
inline constexpr Option kManageCgroupsMode{.name = "manage-cgroups-mode",
                                           .value = "soft|full|strict|ignore",
                                           .summary = "what CRIU does with cgroups (default: soft)"};
inline constexpr Option kEmptyNs{.name = "empty-ns",
                                 .kind = OptionKind::List,
                                 .value = "NAMESPACE",
                                 .summary = "leave the contents of this namespace out"};
inline constexpr Option kAutoDedup{
    .name = "auto-dedup", .kind = OptionKind::Flag, .summary = "drop duplicate memory pages"};
inline constexpr Option kLazyPages{
    .name = "lazy-pages", .kind = OptionKind::Flag, .summary = "restore memory pages when they are used"};

}  // namespace runcxx::cli
