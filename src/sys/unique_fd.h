// SPDX-License-Identifier: Apache-2.0
// The owner of a file descriptor. Move-only; -1 is empty; close is never retried (Linux frees the number even
// on EINTR, close(2)) and leaves errno alone.
// Runs in: either.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runcxx::sys {

class UniqueFd {
public:
    UniqueFd() noexcept = default;
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        if (this != &other) reset(std::exchange(other.fd_, -1));
        return *this;
    }
    ~UniqueFd() { reset(); }

    int get() const noexcept { return fd_; }
    bool is_open() const noexcept { return fd_ >= 0; }
    explicit operator bool() const noexcept { return is_open(); }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset(int fd = -1) noexcept;

private:
    int fd_ = -1;
};

// "/proc/self/fd/N": the path by which a call without an *at form can act on an fd.
std::string proc_fd_path(int fd);
inline std::string proc_fd_path(const UniqueFd& fd) {
    return proc_fd_path(fd.get());
}

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;
};
// pipe2(2), CLOEXEC.
Pipe make_pipe();

// fcntl(F_DUPFD_CLOEXEC), to a number >= 3.
UniqueFd duplicate(const UniqueFd& fd);
// Like duplicate, of a number that this process was born with.
UniqueFd duplicate_inherited(int fd);

// The ONE place where CLOEXEC is taken off again; every call is an intended leak into the next program.
void leak_into_next_program(const UniqueFd& fd);
void leak_number_into_next_program(int fd);

// close_range(2) (Linux 5.9, CLOEXEC flag 5.11) with a /proc/self/fd walk where it is missing.
void set_cloexec_from(int first);
void close_from(int first);

// dup2/dup3 `fd` onto the number `target` (0, 1 or 2: without CLOEXEC; above: CLOEXEC).
void place_at(const UniqueFd& fd, int target);

// Sets CLOEXEC on an fd that was inherited without it. False: there is no such fd.
bool try_set_cloexec(int fd);

bool is_open_number(int fd);

// Closes every fd from `first` on but `kept` (-1 and other numbers below `first` mean nothing).
void close_all_but(int first, std::vector<int> kept);

// Raw bytes to fd 2; what cannot be written is lost.
void write_to_stderr(std::string_view text);

}  // namespace runcxx::sys
