// SPDX-License-Identifier: Apache-2.0
#include "sys/openat2.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace runcxx::sys {
namespace {

constexpr std::uint64_t resolve_bits(Resolve resolve) {
    switch (resolve) {
        case Resolve::InRoot:
            return RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
        case Resolve::InRootNoLinks:
            return RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
        case Resolve::BeneathOneMount:
            return RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;
        case Resolve::Child:
            break;
    }
    return RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS;
}

// Renames and mounts anywhere on the host make a ".." lookup fail with EAGAIN; a directory that is being
// moved out of the root with EXDEV. Where leaving the mount is what is forbidden, EXDEV is the answer and not
// a race.
bool is_worth_a_retry(int error, Resolve resolve) {
    return error == EAGAIN || error == EINTR || (error == EXDEV && resolve == Resolve::InRoot);
}

constexpr int kQuickTries = 128;
constexpr int kSlowTries = 16;

}  // namespace

UniqueFd try_openat2(const UniqueFd& dir, const std::string& path, int flags, mode_t mode, Resolve resolve) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.mode = mode;
    how.resolve = resolve_bits(resolve);
    for (int tries = 1;; ++tries) {
        const auto fd = ::syscall(SYS_openat2, dir.get(), path.c_str(), &how, sizeof how);
        if (fd >= 0) return UniqueFd(static_cast<int>(fd));
        if (!is_worth_a_retry(errno, resolve) || tries == kQuickTries + kSlowTries) break;
        if (tries > kQuickTries) {
            const timespec pause{.tv_sec = 0, .tv_nsec = 2'000'000};
            ::nanosleep(&pause, nullptr);
        }
    }
    // Seccomp filters older than the call answer EPERM instead of ENOSYS; an open that needs a right says
    // EACCES.
    if (errno == EPERM) errno = ENOSYS;
    return {};
}

}  // namespace runcxx::sys
