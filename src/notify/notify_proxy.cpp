// SPDX-License-Identifier: Apache-2.0
#include "notify/notify_proxy.h"

#include <array>
#include <cerrno>
#include <utility>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "sys/credentials.h"
#include "sys/file.h"
#include "sys/socket.h"
#include "sys/tty.h"

namespace runcxx::notify {
namespace {

constexpr std::int64_t kBarrierMs = 30'000;
constexpr std::int64_t kSendMs = 5'000;
constexpr std::size_t kMostDatagram = 4096;

// The container's user may be anybody: whatever our umask says, he must get to the socket.
class OpenUmask {
public:
    OpenUmask() : before_(sys::set_umask(0)) {}
    ~OpenUmask() { sys::set_umask(before_); }
    OpenUmask(const OpenUmask&) = delete;
    OpenUmask& operator=(const OpenUmask&) = delete;

private:
    mode_t before_;
};

// A manager that does not read its socket must not stop us for good.
void send(const sys::UniqueFd& socket, std::string_view data, const std::vector<int>& fds = {}) {
    int error = sys::try_send_packet(socket, data, fds);
    if (error == EAGAIN) {
        std::vector<sys::PollEntry> writable{{socket.get(), sys::kWritable, 0}};
        sys::wait_ready(writable, sys::monotonic_ms() + kSendMs);
        error = sys::try_send_packet(socket, data, fds);
    }
    if (error != 0) throw Error::from_errno(error, "send to the service manager (NOTIFY_SOCKET)");
}

}  // namespace

void make_directory(const HostPath& state_dir) {
    const OpenUmask umask;
    sys::make_dir(state_dir / kDirectoryName, 0755);
}

std::optional<std::string> ready_line(std::string_view datagram) {
    if (!datagram.starts_with("READY=")) return std::nullopt;
    return std::string(datagram.substr(0, datagram.find('\n')));
}

NotifyProxy NotifyProxy::bind(const HostPath& state_dir, std::string host_socket) {
    const OpenUmask umask;
    NotifyProxy proxy;
    proxy.socket_ = sys::bind_unix(state_dir / kDirectoryName / kSocketName, sys::SocketKind::Datagram);
    sys::set_nonblocking(proxy.socket_);
    proxy.host_socket_ = std::move(host_socket);
    return proxy;
}

void NotifyProxy::append_entries(std::vector<sys::PollEntry>& entries) {
    entry_ = kNone;
    if (state_ == State::Done) return;
    entry_ = entries.size();
    const auto& waited_for = state_ == State::Waiting ? socket_ : barrier_;
    entries.push_back({waited_for.get(), sys::kReadable, 0});
}

void NotifyProxy::on_ready(const std::vector<sys::PollEntry>& entries, pid_t main_pid) {
    const bool ready = entry_ < entries.size() && entries[entry_].ready != 0;
    if (state_ == State::Acknowledging) {
        if (!ready && sys::monotonic_ms() < *barrier_deadline_) return;
        if (!ready) log::warning("Timeout after waiting 30s for barrier. Ignored.");
        barrier_.reset();
        barrier_deadline_.reset();
        state_ = State::Done;
        return;
    }
    if (!ready || state_ == State::Done) return;

    std::array<char, kMostDatagram> buffer{};
    // A container that floods the socket does not keep us from everything else.
    for (int datagram = 0; datagram < 64; ++datagram) {
        const long size = sys::try_read_some(socket_, buffer.data(), buffer.size());
        if (size < 0) return;
        if (const auto line = ready_line({buffer.data(), static_cast<std::size_t>(size)}))
            return pass_on(*line, main_pid);
    }
}

void NotifyProxy::pass_on(const std::string& ready, pid_t main_pid) {
    const auto manager = sys::connect_unix(HostPath(host_socket_), sys::SocketKind::Datagram);
    sys::set_nonblocking(manager);
    send(manager, ready + "\n");
    send(manager, fmt::format("MAINPID={}\n", main_pid));
    // The manager closes its copy of the write end when it has come to this message, and so the pipe ends.
    auto pipe = sys::make_pipe();
    send(manager, "BARRIER=1", {pipe.write_end.get()});
    barrier_ = std::move(pipe.read_end);
    barrier_deadline_ = sys::monotonic_ms() + kBarrierMs;
    state_ = State::Acknowledging;
    socket_.reset();
}

void NotifyProxy::wait(const sys::UniqueFd& init_pidfd, pid_t main_pid) {
    while (!is_done()) {
        std::vector<sys::PollEntry> entries;
        append_entries(entries);
        // Once READY has been passed on, the process may end: the manager still has to be waited for.
        const bool watches = state_ == State::Waiting;
        entries.push_back({watches ? init_pidfd.get() : -1, sys::kReadable, 0});
        sys::wait_ready(entries, deadline_ms());
        const bool has_ended = entries.back().ready != 0;
        entries.pop_back();
        on_ready(entries, main_pid);
        if (has_ended && state_ == State::Waiting) return;
    }
}

}  // namespace runcxx::notify
