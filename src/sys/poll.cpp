// SPDX-License-Identifier: Apache-2.0
#include "sys/poll.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/error.h"
#include "sys/retry.h"

namespace runcxx::sys {

std::int64_t monotonic_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1'000'000;
}

bool wait_ready(std::vector<PollEntry>& entries, std::optional<std::int64_t> deadline_ms) {
    static_assert(sizeof(PollEntry) == sizeof(pollfd));
    for (;;) {
        int timeout = -1;
        if (deadline_ms)
            timeout = static_cast<int>(std::clamp<std::int64_t>(*deadline_ms - monotonic_ms(), 0, 1 << 30));
        const int ready = ::poll(reinterpret_cast<pollfd*>(entries.data()), entries.size(), timeout);
        if (ready > 0) return true;
        if (ready == 0) return false;
        if (errno != EINTR) throw Error::from_errno(errno, "poll");
    }
}

bool wait_readable(const UniqueFd& fd, std::optional<std::int64_t> deadline_ms) {
    std::vector<PollEntry> one{{fd.get(), POLLIN, 0}};
    return wait_ready(one, deadline_ms);
}

SignalFd::SignalFd() {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, &before_);
    fd_.reset(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) throw Error::from_errno(errno, "signalfd");
}

SignalFd::~SignalFd() {
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<CaughtSignal> SignalFd::next() {
    signalfd_siginfo info{};
    const auto n = retry([&] { return ::read(fd_.get(), &info, sizeof info); });
    if (n != sizeof info) return std::nullopt;
    return CaughtSignal{static_cast<int>(info.ssi_signo), static_cast<pid_t>(info.ssi_pid)};
}

bool asks_to_stop(int signal) {
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

void sleep_ms(std::int64_t milliseconds) {
    timespec left{milliseconds / 1000, (milliseconds % 1000) * 1'000'000};
    while (::nanosleep(&left, &left) < 0 && errno == EINTR) {
    }
}

}  // namespace runcxx::sys
