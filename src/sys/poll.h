// SPDX-License-Identifier: Apache-2.0
// Waiting: poll(2) over fds with a deadline, and signals as an fd.
// Runs in: either.
#pragma once

#include <csignal>
#include <cstdint>
#include <optional>
#include <vector>

#include "sys/unique_fd.h"

namespace runcxx::sys {

// CLOCK_MONOTONIC in milliseconds.
std::int64_t monotonic_ms();

// poll(2)'s events by names that need no system header.
inline constexpr short kReadable = 0x001;  // POLLIN
inline constexpr short kChanged = 0x002;   // POLLPRI: kernfs files, since they were read last
inline constexpr short kWritable = 0x004;  // POLLOUT
inline constexpr short kError = 0x008;     // POLLERR
inline constexpr short kHangUp = 0x010;    // POLLHUP

struct PollEntry {
    int fd = -1;       // negative entries are ignored by the kernel
    short events = 0;  // POLLIN, POLLOUT
    short ready = 0;   // filled in; POLLERR and POLLHUP may come unasked
};
// Waits until an entry is ready or `deadline_ms` (on monotonic_ms()'s clock) has passed; nullopt: no
// deadline. Returns false on the deadline. EINTR is retried.
bool wait_ready(std::vector<PollEntry>& entries, std::optional<std::int64_t> deadline_ms);
// The same for one fd.
bool wait_readable(const UniqueFd& fd, std::optional<std::int64_t> deadline_ms);

struct CaughtSignal {
    int number = 0;
    pid_t sender = 0;
};

// Blocks every signal and reads them from a signalfd(2), non-blocking. The old mask returns on destruction.
class SignalFd {
public:
    SignalFd();
    ~SignalFd();
    SignalFd(const SignalFd&) = delete;
    SignalFd& operator=(const SignalFd&) = delete;

    const UniqueFd& fd() const { return fd_; }
    std::optional<CaughtSignal> next();

private:
    sigset_t before_{};
    UniqueFd fd_;
};

// SIGINT, SIGTERM, SIGHUP, SIGQUIT.
bool asks_to_stop(int signal);

// Sleeps; for retry loops with a bound, never to wait for an event.
void sleep_ms(std::int64_t milliseconds);

}  // namespace runcxx::sys
