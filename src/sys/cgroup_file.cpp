// SPDX-License-Identifier: Apache-2.0
#include "sys/cgroup_file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/text.h"
#include "sys/retry.h"

namespace runcxx::sys {
namespace {

UniqueFd open_by_components(const UniqueFd& dir, const std::string& below, int flags) {
    const auto names = split(below, '/');
    UniqueFd at;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool is_last = i + 1 == names.size();
        const int from = at ? at.get() : dir.get();
        const int how =
            is_last ? flags | O_NOFOLLOW | O_CLOEXEC : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        const std::string name(names[i]);
        UniqueFd next(retry([&] { return ::openat(from, name.c_str(), how); }));
        if (!next) return next;
        at = std::move(next);
    }
    return at;
}

template <class Read>
int read_all_by(Read&& read_at, std::string& data) {
    data.resize(512);
    std::size_t used = 0;
    for (;;) {
        const auto n = retry([&] { return read_at(data.data() + used, data.size() - used, used); });
        if (n < 0) {
            data.clear();
            return errno;
        }
        if (n == 0) break;
        used += static_cast<std::size_t>(n);
        if (used == data.size()) data.resize(data.size() * 8);
    }
    data.resize(used);
    return 0;
}

}  // namespace

UniqueFd try_open_beneath(const UniqueFd& dir, const std::string& below, int flags, bool same_mount) {
    struct open_how how {};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    if (same_mount) how.resolve |= RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS;
    // EAGAIN: a rename or mount somewhere on the host raced with the walk (openat2(2)); it says nothing about
    // ours.
    for (int attempt = 0;; ++attempt) {
        const auto fd =
            retry([&] { return ::syscall(SYS_openat2, dir.get(), below.c_str(), &how, sizeof how); });
        if (fd >= 0) return UniqueFd(static_cast<int>(fd));
        if (errno != EAGAIN || attempt == 32) break;
    }
    if (errno == ENOSYS) return open_by_components(dir, below, flags);
    return {};
}

int try_make_dir_at(const UniqueFd& dir, const std::string& below, unsigned mode) {
    return ::mkdirat(dir.get(), below.c_str(), mode) == 0 ? 0 : errno;
}

int try_remove_dir_at(const UniqueFd& dir, const std::string& below) {
    return retry([&] { return ::unlinkat(dir.get(), below.c_str(), AT_REMOVEDIR); }) == 0 ? 0 : errno;
}

int try_read_to_end(const UniqueFd& fd, std::string& data) {
    return read_all_by([&](char* to, std::size_t room, std::size_t) { return ::read(fd.get(), to, room); },
                       data);
}

int try_read_again(const UniqueFd& fd, std::string& data) {
    return read_all_by([&](char* to, std::size_t room,
                           std::size_t at) { return ::pread(fd.get(), to, room, static_cast<off_t>(at)); },
                       data);
}

UniqueFd make_event_counter() {
    UniqueFd counter(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!counter) throw Error::from_errno(errno, "eventfd");
    return counter;
}

std::uint64_t take_event_count(const UniqueFd& counter) {
    std::uint64_t count = 0;
    const auto n = retry([&] { return ::read(counter.get(), &count, sizeof count); });
    return n == sizeof count ? count : 0;
}

int try_register_event(const UniqueFd& control, const UniqueFd& counter, const UniqueFd& watched) {
    // The blank ends an argument that some events have, and that of an OOM event is empty.
    const auto text = std::to_string(counter.get()) + " " + std::to_string(watched.get()) + " ";
    const auto n = retry([&] { return ::write(control.get(), text.data(), text.size()); });
    return n < 0 ? errno : 0;
}

bool is_reachable(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

}  // namespace runcxx::sys
