// SPDX-License-Identifier: Apache-2.0
// Nodes below a directory fd: devices, fifos, symlinks, and changes through O_PATH handles. Names are single
// components and are never followed.
// Runs in: either.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "sys/unique_fd.h"

namespace runcxx::sys {

dev_t device_number(std::uint32_t major, std::uint32_t minor);

// mknodat(2); mode includes the type (S_IFCHR, ...) and is subject to the umask.
int try_make_node_at(const UniqueFd& dir, const std::string& name, mode_t mode, dev_t device);
int try_make_symlink_at(const UniqueFd& dir, const std::string& name, const std::string& target);
int try_make_child_dir(const UniqueFd& dir, const std::string& name, mode_t mode);
// Text of the link that `link` (O_PATH|O_NOFOLLOW) is a handle of; empty and errno on failure.
std::string try_read_link(const UniqueFd& link);

// chmod of what an O_PATH handle refers to (fchmodat2(2), Linux 6.6, or /proc/self/fd).
int try_change_mode(const UniqueFd& handle, mode_t mode);
// Sets an extended attribute through /proc/self/fd.
int try_set_xattr(const UniqueFd& handle, const char* name, const std::string& value);

// fstat(2) of a descriptor this process was born with; nullopt when it is closed.
std::optional<struct stat> try_stat_number(int fd);
bool is_char_device(const struct stat& status, std::uint32_t major, std::uint32_t minor);

// Sets the process's umask until it is destroyed.
class ScopedUmask {
public:
    explicit ScopedUmask(mode_t mask);
    ~ScopedUmask();
    ScopedUmask(const ScopedUmask&) = delete;
    ScopedUmask& operator=(const ScopedUmask&) = delete;

private:
    mode_t previous_;
};

}  // namespace runcxx::sys
