// SPDX-License-Identifier: Apache-2.0
// The options that create, run, exec and restore share, each written once. Runs in: runtime.
#pragma once

#include "cli/command.h"
#include "container/create.h"

namespace runcxx::cli {

inline constexpr Option kBundle{.name = "bundle",
                                .alias = "b",
                                .value = "DIR",
                                .summary = "the bundle, instead of the current directory"};
inline constexpr Option kConfig{
    .name = "config", .value = "FILE", .summary = "the configuration, instead of config.json in the bundle"};
inline constexpr Option kConsoleSocket{
    .name = "console-socket",
    .value = "SOCKET",
    .summary = "AF_UNIX socket that is to receive the master of the container's terminal"};
inline constexpr Option kPidfdSocket{
    .name = "pidfd-socket",
    .value = "SOCKET",
    .summary = "AF_UNIX socket that is to receive a pidfd of the new process"};
inline constexpr Option kPidFile{
    .name = "pid-file", .value = "FILE", .summary = "write the process id to FILE"};
inline constexpr Option kDetach{
    .name = "detach", .alias = "d", .kind = OptionKind::Flag, .summary = "do not wait for the process"};
inline constexpr Option kNoSubreaper{.name = "no-subreaper",
                                     .kind = OptionKind::Flag,
                                     .summary = "do not adopt orphaned processes of the container"};
inline constexpr Option kNoPivot{
    .name = "no-pivot",
    .kind = OptionKind::Flag,
    .summary =
        "change the root by moving a mount: for a root file system on a ramdisk; less safe than pivot_root"};
inline constexpr Option kNoNewKeyring{
    .name = "no-new-keyring", .kind = OptionKind::Flag, .summary = "stay in the caller's session keyring"};
inline constexpr Option kPreserveFds{
    .name = "preserve-fds",
    .kind = OptionKind::Number,
    .value = "N",
    .summary = "hand N more file descriptors to the container, after stdio and $LISTEN_FDS",
    .fallback = "0"};

// The value of --preserve-fds: fds 3+listen_fds .. were open when this process was called. Errors: as below.
std::uint32_t preserved_fds(const Invocation& invocation, std::uint32_t listen_fds);

// Those that all of them have, restore too. Errors: InvalidConfig when --rootless has no meaning.
container::CreateOptions to_common_options(const Invocation& invocation);
// Of create and run. Errors: InvalidConfig when --rootless or --preserve-fds has no meaning;
// "unable to stat preserved-fd I (of N): ..." when the caller does not have that many open.
container::CreateOptions to_create_options(const Invocation& invocation);

}  // namespace runcxx::cli
