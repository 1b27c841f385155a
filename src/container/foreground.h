// SPDX-License-Identifier: Apache-2.0
// A process in the foreground (run, exec): its standard streams, the signals for it, and its end, in one poll loop.
// Runs in: runtime.
#pragma once

#include <cstdint>
#include <optional>

#include "container/bring_up.h"
#include "notify/notify_proxy.h"
#include "terminal/host_console.h"
#include "terminal/relay.h"

namespace runcxx::container {

// Who the streams are for.
struct StreamUser {
    bool terminal = false;
    bool is_host_root = false;   // the program runs as the host's root, which we are, too
    std::uint32_t root_uid = 0;  // host ids of the container's root
    std::uint32_t root_gid = 0;
};

// The streams of a process that runs in the foreground; prepared before init is spawned.
class ForegroundIo {
public:
    explicit ForegroundIo(const StreamUser& user);

    // What init gets. Call once; must outlive the launch.
    InitIo for_init(const sys::UniqueFd* pidfd_socket);
    void append_entries(std::vector<sys::PollEntry>& entries);
    void on_ready(const std::vector<sys::PollEntry>& entries);
    // The window of the user's terminal has changed.
    void resize();
    // The process has ended: what it wrote is still copied.
    void begin_drain();
    bool is_finished() const;

private:
    void take_terminal();

    std::optional<terminal::Relay> relay_;  // none: init shares our streams
    std::vector<sys::UniqueFd> init_stdio_;
    std::optional<terminal::ConsoleReceiver> console_receiver_;
    std::optional<terminal::HostConsole> host_console_;
};

// Until the process has ended and its output is copied. Returns its exit code.
int wait_in_foreground(sys::ChildProcess init, sys::SignalFd& signals, ForegroundIo& io,
                       std::optional<notify::NotifyProxy>& notify);

}  // namespace runcxx::container
