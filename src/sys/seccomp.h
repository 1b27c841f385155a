// SPDX-License-Identifier: Apache-2.0
// seccomp(2) and its older form in prctl(2), without a library in between.
// Runs in: either (installation: init).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sys/unique_fd.h"

namespace runcxx::sys {

// SECCOMP_SET_MODE_FILTER on the calling thread: prctl(2) PR_SET_SECCOMP when `flags` is 0, else seccomp(2)
// (Linux 3.17). `instructions` are the bytes of 1 to 4096 (BPF_MAXINSNS) struct sock_filter, EINVAL otherwise.
// Returns 0 or the errno. With SECCOMP_FILTER_FLAG_NEW_LISTENER (Linux 5.0) `listener`, empty before, becomes
// the notification fd, which the kernel opens CLOEXEC. On success that was the last system call in here.
int try_install_filter(std::span<const std::uint8_t> instructions, std::uint32_t flags, UniqueFd& listener);

// Whether the kernel takes these SECCOMP_FILTER_FLAG_* together; nothing is installed.
bool supports_filter_flags(std::uint32_t flags);

// memfd_create(2), CLOEXEC: a file for a library that can only write to one.
UniqueFd make_scratch_file();
// Everything that was written to such a file.
std::string read_from_start(const UniqueFd& file);

}  // namespace runcxx::sys
