// SPDX-License-Identifier: Apache-2.0
#include "sys/unique_fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <vector>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"

namespace runcxx::sys {
namespace {

std::vector<int> open_numbers_from(int first) {
    std::vector<int> numbers;
    DIR* dir = ::opendir("/proc/self/fd");
    if (dir == nullptr) throw Error::from_errno(errno, "open /proc/self/fd");
    const int own = ::dirfd(dir);
    while (const dirent* entry = ::readdir(dir)) {
        const auto number = parse_number<int>(entry->d_name);
        if (number && *number >= first && *number != own) numbers.push_back(*number);
    }
    ::closedir(dir);
    return numbers;
}

void close_between(int first, int last) {
    if (::syscall(SYS_close_range, first, last, 0) == 0) return;
    for (const int fd : open_numbers_from(first))
        if (fd <= last) ::close(fd);
}

// The kernel knows no other flag of a descriptor (fcntl(2)), so there is none to be kept.
void set_cloexec_flag(int fd, bool on) {
    if (::fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0) < 0)
        throw Error::from_errno(errno, fmt::format("change close-on-exec of fd {}", fd));
}

}  // namespace

void UniqueFd::reset(int fd) noexcept {
    if (fd_ >= 0) {
        const int saved = errno;
        ::close(fd_);
        errno = saved;
    }
    fd_ = fd;
}

std::string proc_fd_path(int fd) {
    return fmt::format("/proc/self/fd/{}", fd);
}

Pipe make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) < 0) throw Error::from_errno(errno, "pipe");
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

UniqueFd duplicate(const UniqueFd& fd) {
    return duplicate_inherited(fd.get());
}

UniqueFd duplicate_inherited(int fd) {
    UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!copy) throw Error::from_errno(errno, fmt::format("duplicate fd {}", fd));
    return copy;
}

void leak_into_next_program(const UniqueFd& fd) {
    set_cloexec_flag(fd.get(), false);
}
void leak_number_into_next_program(int fd) {
    set_cloexec_flag(fd, false);
}

void set_cloexec_from(int first) {
    if (::syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
    for (const int fd : open_numbers_from(first))
        set_cloexec_flag(fd, true);
}

void close_from(int first) {
    close_between(first, INT_MAX);
}

void place_at(const UniqueFd& fd, int target) {
    const int result = target <= 2 ? ::dup2(fd.get(), target) : ::dup3(fd.get(), target, O_CLOEXEC);
    if (result < 0) throw Error::from_errno(errno, fmt::format("duplicate fd {} to {}", fd.get(), target));
}

bool try_set_cloexec(int fd) {
    return ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

void close_all_but(int first, std::vector<int> kept) {
    std::sort(kept.begin(), kept.end());
    for (const int next : kept) {
        if (next < first) continue;
        if (next > first) close_between(first, next - 1);
        first = next + 1;
    }
    close_from(first);
}

void write_to_stderr(std::string_view text) {
    [[maybe_unused]] const auto n = ::write(2, text.data(), text.size());
}

bool is_open_number(int fd) {
    return ::fcntl(fd, F_GETFD) >= 0;
}

}  // namespace runcxx::sys
