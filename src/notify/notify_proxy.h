// SPDX-License-Identifier: Apache-2.0
// sd_notify(3) from inside a container: a socket of our own is mounted into the container, and the first
// READY= that arrives is passed on to the service manager, with the pid it shall watch, and acknowledged
// (BARRIER=1). Runs in: runtime. The container writes whatever it likes into the socket: nothing but one
// READY line gets through.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/paths.h"
#include "sys/poll.h"
#include "sys/unique_fd.h"

namespace runcxx::notify {

// <state>/notify, mounted on /run/notify; what the container's NOTIFY_SOCKET says.
inline constexpr std::string_view kDirectoryName = "notify";
inline constexpr std::string_view kSocketName = "notify.sock";
inline constexpr std::string_view kContainerDirectory = "/run/notify";
inline constexpr std::string_view kContainerSocket = "/run/notify/notify.sock";

// Makes <state>/notify, 0755, before the container's mounts are made.
void make_directory(const HostPath& state_dir);

// The READY line of a datagram, or nullopt when it does not start with "READY=".
std::optional<std::string> ready_line(std::string_view datagram);

class NotifyProxy {
public:
    // Binds <state>/notify/notify.sock, 0777. `host_socket`: the runtime's NOTIFY_SOCKET; a leading '@' is
    // the abstract namespace.
    static NotifyProxy bind(const HostPath& state_dir, std::string host_socket);

    // For one poll with everything else, as terminal::Relay: READY, then the acknowledgement of at most 30 s.
    void append_entries(std::vector<sys::PollEntry>& entries);
    // `main_pid` is told to the manager as MAINPID. Errors only for a host socket that cannot be reached.
    void on_ready(const std::vector<sys::PollEntry>& entries, pid_t main_pid);
    // When the caller's poll has to end even if nothing happens.
    std::optional<std::int64_t> deadline_ms() const { return barrier_deadline_; }
    // READY was passed on and acknowledged, or the wait for that was given up.
    bool is_done() const { return state_ == State::Done; }

    // For callers with nothing else to do (start, run -d): returns when done, or when the container's process
    // ends without having been ready.
    void wait(const sys::UniqueFd& init_pidfd, pid_t main_pid);

private:
    enum class State : unsigned char { Waiting, Acknowledging, Done };
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    NotifyProxy() = default;
    void pass_on(const std::string& ready, pid_t main_pid);

    sys::UniqueFd socket_;
    std::string host_socket_;
    sys::UniqueFd barrier_;  // closes when the manager has read everything before it
    std::optional<std::int64_t> barrier_deadline_;
    std::size_t entry_ = kNone;
    State state_ = State::Waiting;
};

}  // namespace runcxx::notify
