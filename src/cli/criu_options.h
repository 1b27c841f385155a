// SPDX-License-Identifier: Apache-2.0
// The options that checkpoint and restore share. Runs in: runtime.
#pragma once

#include "checkpoint/criu_messages.h"
#include "cli/option.h"
#include "container/checkpoint.h"

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

class Arguments;

// Errors: InvalidConfig "invalid manage-cgroups-mode value", `namespace "X" is not supported`.
checkpoint::CriuOptions to_criu_options(const Arguments& arguments);
container::ImagePaths to_image_paths(const Arguments& arguments);
// CRIU wants root; it may work for others all the same.
void warn_if_rootless();

}  // namespace runcxx::cli
