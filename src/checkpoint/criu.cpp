// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/criu.h"

#include <poll.h>

#include <cerrno>
#include <csignal>
#include <exception>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "sys/exec.h"
#include "sys/program_lookup.h"

namespace runcxx::checkpoint {
namespace {

std::string find_criu() {
    auto path = sys::find_program("criu");
    if (path.empty()) throw Error("criu not found in PATH: is the package criu installed?");
    return path;
}

std::string version_text(int version) {
    return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

// Nothing has been done so far.
bool may_always_stop() {
    return true;
}

// Without the message of the answer: it is the first of all that CRIU complained about, which is seldom the cause.
Error failure_of(const Response& response) {
    return Error(Error::Kind::Failure,
                 fmt::format("criu failed: type {} errno {}", to_string(response.type), response.cr_errno),
                 response.cr_errno);
}

}  // namespace

Criu::Criu(const Start& start, sys::SignalFd& signals) : signals_(signals), patience_ms_(start.patience_ms) {
    auto sockets = sys::make_socket_pair(sys::SocketKind::Seqpacket);
    const int number = sockets.init_end.get();
    sys::SpawnOptions options;
    options.path = find_criu();
    options.args = {"criu", "swrk", std::to_string(number)};
    options.env = sys::own_environment();
    options.cgroup = start.cgroup;
    options.cgroup_joins = start.cgroup_joins;
    options.new_process_group = start.own_process_group;
    options.parent_death_signal = start.dies_with_us ? SIGKILL : 0;
    options.close_other_fds = true;
    for (std::size_t i = 0; i < start.stdio.size(); ++i)
        options.fds.emplace_back(start.stdio[i].get(), static_cast<int>(i));
    options.fds.emplace_back(number, number);
    for (const auto* fd : start.inherited)
        options.fds.emplace_back(fd->get(), fd->get());
    process_ = sys::spawn(options);
    socket_ = std::move(sockets.runtime_end);
}

Criu::~Criu() {
    give_up();
}

void Criu::give_up() noexcept {
    if (!process_.is_valid()) return;
    try {
        end();
    } catch (const std::exception& error) {
        log::warning("CRIU cannot be ended: {}", error.what());
    }
}

// That it has ended is said by receive(), with how.
void Criu::say(const std::string& message) {
    const int error = sys::try_send_packet(socket_, message);
    if (error != 0 && error != EPIPE && error != ECONNRESET) throw Error::from_errno(error, "send to CRIU");
}

Response Criu::ask(const std::string& message) {
    say(message);
    auto response = parse_response(receive(may_always_stop).data);
    if (!response.success) throw failure_of(response);
    return response;
}

int Criu::version() {
    if (version_ == 0) {
        version_ = ask(version_request(/*keep_open=*/true)).version;
        log::debug("CRIU {}", version_text(version_));
    }
    return version_;
}

void Criu::require_version(int wanted, std::string_view feature) {
    if (version() < wanted)
        throw Error(fmt::format("CRIU {} has no {}: {} or newer is needed", version_text(version()), feature,
                                version_text(wanted)));
}

Features Criu::features(const Features& asked) {
    return ask(feature_request(asked, /*keep_open=*/true)).features;
}

void Criu::run(RequestType type, const CriuOptions& options, const Handler& handle,
               const std::function<bool()>& may_stop) {
    has_begun_ = true;
    say(request(type, options));
    std::exception_ptr refusal;
    for (;;) {
        auto packet = receive(may_stop);
        const auto response = parse_response(packet.data);
        if (response.type != RequestType::Notify || !response.success) {
            if (refusal) std::rethrow_exception(refusal);
            if (!response.success) throw failure_of(response);
            break;
        }
        log::debug("CRIU: {}", response.notify_script);
        Notification notification{.script = response.notify_script, .pid = response.notify_pid};
        if (!packet.fds.empty()) notification.fd = std::move(packet.fds.front());
        try {
            if (!refusal) handle(notification);
        } catch (...) {
            refusal = std::current_exception();
        }
        say(acknowledgement(!refusal));
    }
    const auto status = end();
    // After a pre-dump CRIU waits for the next one, and is not satisfied with our leaving.
    if (type != RequestType::PreDump && status.exit_code() != 0)
        throw Error(fmt::format("criu failed: {}", status.to_string()));
}

// Its children have the socket as well, so that its end is not always the end of that.
sys::Packet Criu::receive(const std::function<bool()>& may_stop) {
    for (;;) {
        std::vector<sys::PollEntry> entries{{socket_.get(), POLLIN, 0},
                                            {process_.pidfd().get(), POLLIN, 0},
                                            {signals_.fd().get(), POLLIN, 0}};
        sys::wait_ready(entries, std::nullopt);
        if (entries[0].ready != 0) {
            if (auto packet = sys::receive_packet(socket_)) return std::move(*packet);
        } else if (entries[1].ready == 0) {
            take_signals(may_stop);
            continue;
        }
        throw Error(fmt::format("CRIU has ended without an answer: {}", end().to_string()));
    }
}

void Criu::take_signals(const std::function<bool()>& may_stop) {
    while (const auto caught = signals_.next()) {
        if (!sys::asks_to_stop(caught->number)) continue;
        if (!may_stop()) {
            log::warning("signal {}: CRIU cannot be stopped half-way, its end is waited for", caught->number);
            continue;
        }
        end();
        throw Error(Error::Kind::Interrupted, fmt::format("interrupted by signal {}", caught->number));
    }
}

sys::WaitStatus Criu::end() {
    socket_.reset();
    const auto deadline = sys::monotonic_ms() + (has_begun_ ? patience_ms_ : 0);
    if (!sys::wait_readable(process_.pidfd(), deadline)) process_.kill(SIGKILL);
    return process_.wait();
}

}  // namespace runcxx::checkpoint
