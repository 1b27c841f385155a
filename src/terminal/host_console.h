// SPDX-License-Identifier: Apache-2.0
// The user's terminal, for a container in the foreground: its size, raw mode, and the mode it had coming back
// whatever happens; and the socket that our own container's console arrives on. Runs in: runtime.
#pragma once

#include <optional>

#include "sys/tty.h"
#include "sys/unique_fd.h"

namespace runcxx::terminal {

// Receives the master of the container's terminal: init sends it over init_end.
class ConsoleReceiver {
public:
    ConsoleReceiver();
    // The end that init inherits; call close_init_end() when it has been passed on, so that a dead init is
    // noticed.
    const sys::UniqueFd& init_end() const { return init_end_; }
    void close_init_end() { init_end_.reset(); }
    // Waits for the message. Errors: "console socket: closed before a terminal came", more or fewer than one
    // fd.
    sys::UniqueFd receive();

private:
    sys::UniqueFd runtime_end_;
    sys::UniqueFd init_end_;
};

// The first terminal among stderr, stdout and stdin, else /dev/tty.
class HostConsole {
public:
    // Errors: "open /dev/tty: no such device or address" when there is none at all.
    static HostConsole open();

    HostConsole(HostConsole&&) = default;
    HostConsole& operator=(HostConsole&&) = delete;

    // Restored by restore() and by the destructor. (Signals come through a signalfd, so the destructor runs
    // for them.)
    void set_raw() { saved_.set_raw(); }
    void restore() noexcept { saved_.restore(); }
    std::optional<sys::WindowSize> size() const { return sys::try_window_size(fd_); }

private:
    explicit HostConsole(sys::UniqueFd fd) : fd_(std::move(fd)), saved_(fd_) {}
    sys::UniqueFd fd_;
    sys::SavedTerminalMode saved_;
};

}  // namespace runcxx::terminal
