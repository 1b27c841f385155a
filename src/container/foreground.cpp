// SPDX-License-Identifier: Apache-2.0
#include "container/foreground.h"

#include <poll.h>

#include <csignal>

#include "base/log.h"

namespace runcxx::container {
namespace {

// Our own streams go to the container as they are when that gives it nothing it should not have: not a
// terminal (it could push input into it, TIOCSTI) and not a file that would be given to another user.
bool can_share_streams(const StreamUser& user) {
    for (int number = 0; number <= 2; ++number)
        if (sys::is_terminal_number(number)) return false;
    return user.is_host_root;
}

bool is_for_us(int signal) {
    return signal == SIGCHLD || signal == SIGWINCH || signal == SIGURG;
}

// Returns init's status when it was among those that ended.
std::optional<sys::WaitStatus> reap(const sys::ChildProcess& init) {
    std::optional<sys::WaitStatus> ended;
    while (const auto child = sys::try_reap_any())
        if (child->pid == init.pid()) ended = child->status;
    return ended;
}

}  // namespace

ForegroundIo::ForegroundIo(const StreamUser& user) {
    if (user.terminal) {
        host_console_.emplace(terminal::HostConsole::open());
        console_receiver_.emplace();
    } else if (!can_share_streams(user)) {
        terminal::ContainerStreams streams;
        relay_ = terminal::Relay::over_pipes(streams, user.root_uid, user.root_gid);
        init_stdio_.push_back(std::move(streams.in));
        init_stdio_.push_back(std::move(streams.out));
        init_stdio_.push_back(std::move(streams.err));
    }
}

InitIo ForegroundIo::for_init(const sys::UniqueFd* pidfd_socket) {
    InitIo io;
    io.stdio = std::move(init_stdio_);
    io.console_socket = console_receiver_ ? &console_receiver_->init_end() : nullptr;
    io.pidfd_socket = pidfd_socket;
    if (console_receiver_) io.take_terminal = [this] { take_terminal(); };
    return io;
}

// Before the program runs: what it wrote until then would still have the terminal's "\r\n".
void ForegroundIo::take_terminal() {
    console_receiver_->close_init_end();
    relay_ = terminal::Relay::over_terminal(console_receiver_->receive());
    host_console_->set_raw();
    resize();
}

void ForegroundIo::append_entries(std::vector<sys::PollEntry>& entries) {
    if (relay_) relay_->append_entries(entries);
}

void ForegroundIo::on_ready(const std::vector<sys::PollEntry>& entries) {
    if (relay_) relay_->on_ready(entries);
}

void ForegroundIo::resize() {
    if (!relay_ || !host_console_) return;
    if (const auto size = host_console_->size()) relay_->resize(*size);
}

void ForegroundIo::begin_drain() {
    if (relay_) relay_->begin_drain();
}

bool ForegroundIo::is_finished() const {
    return !relay_ || relay_->is_finished();
}

int wait_in_foreground(sys::ChildProcess init, sys::SignalFd& signals, ForegroundIo& io,
                       std::optional<notify::NotifyProxy>& notify) {
    std::optional<sys::WaitStatus> ended;
    for (;;) {
        // Not only after a SIGCHLD, and before the first one: one signal can stand for several children, and while init
        // was set up they were taken without a look at who had ended.
        if (!ended && (ended = reap(init))) io.begin_drain();
        if (ended && io.is_finished()) break;
        std::vector<sys::PollEntry> entries{{signals.fd().get(), POLLIN, 0}};
        io.append_entries(entries);
        if (notify && !ended) notify->append_entries(entries);
        sys::wait_ready(entries, notify && !ended ? notify->deadline_ms() : std::nullopt);
        io.on_ready(entries);
        if (notify && !ended) notify->on_ready(entries, sys::own_pid());
        while (const auto caught = signals.next()) {
            if (caught->number == SIGWINCH) io.resize();
            if (!is_for_us(caught->number) && !ended) sys::try_send_signal(init.pidfd(), caught->number);
        }
    }
    init.forget();
    return ended->exit_code();
}

}  // namespace runcxx::container
