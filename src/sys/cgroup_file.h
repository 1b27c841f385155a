// SPDX-License-Identifier: Apache-2.0
// The kernel calls of cgroup file systems: directories and control files, always below a directory fd that
// was opened from the mount, never through a symbolic link or another mount. Functions return 0 or the errno,
// or an fd that is empty with errno set. EINTR is retried. Runs in: runtime.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sys/unique_fd.h"

namespace runcxx::sys {

// openat2(2) (Linux 5.6) with RESOLVE_BENEATH|RESOLVE_NO_MAGICLINKS and, when `same_mount`, also
// RESOLVE_NO_XDEV and RESOLVE_NO_SYMLINKS. Older kernels: one openat(O_NOFOLLOW) per component. `below` is
// relative and has no "..".
UniqueFd try_open_beneath(const UniqueFd& dir, const std::string& below, int flags, bool same_mount);

// mkdirat(2), unlinkat(AT_REMOVEDIR).
int try_make_dir_at(const UniqueFd& dir, const std::string& below, unsigned mode);
int try_remove_dir_at(const UniqueFd& dir, const std::string& below);

// One read(2) loop to the end of a small file; `data` is replaced.
int try_read_to_end(const UniqueFd& fd, std::string& data);
// pread(2) loop from offset 0, for files that are looked at again and again (cgroup.events).
int try_read_again(const UniqueFd& fd, std::string& data);

// eventfd(2), non-blocking: a counter that is readable when it is not 0.
UniqueFd make_event_counter();
// What was counted since the last call.
std::uint64_t take_event_count(const UniqueFd& counter);
// cgroup v1: lets `counter` count the events of `watched`, by a write to `control`, an open cgroup.event_control
// (Documentation/admin-guide/cgroup-v1/memcg_test.rst, 9.10). It also counts the removal of the cgroup.
int try_register_event(const UniqueFd& control, const UniqueFd& counter, const UniqueFd& watched);

// access(2) F_OK.
bool is_reachable(const std::string& path);

}  // namespace runcxx::sys
