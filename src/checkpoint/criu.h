// SPDX-License-Identifier: Apache-2.0
// A CRIU process of our own (`criu swrk FD`, the worker that CRIU's libraries start) and the conversation with it. It
// loads no library and needs no service to run. Runs in: runtime. Must not: know containers.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/criu_messages.h"
#include "sys/child_process.h"
#include "sys/poll.h"
#include "sys/socket.h"
#include "sys/unique_fd.h"

namespace runcxx::checkpoint {

// One of CRIU's "action scripts" (criu.org/Action_scripts).
struct Notification {
    std::string script;
    pid_t pid = 0;     // of the restored init, from "setup-namespaces" on
    sys::UniqueFd fd;  // "orphan-pts-master": the master of the restored terminal
};

class Criu {
public:
    struct Start {
        std::vector<sys::UniqueFd> stdio;                          // three, or none to share ours
        const sys::UniqueFd* cgroup = nullptr;                     // v2: born inside
        const std::vector<sys::UniqueFd>* cgroup_joins = nullptr;  // v1: it writes itself in
        std::vector<const sys::UniqueFd*> inherited;               // stay open, under their numbers
        // Out of reach of what the user's terminal sends to us. CRIU must not be stopped half-way through a dump: its
        // code is in the dumped processes then. Who restores shares our group, which --shell-job gives to the processes.
        bool own_process_group = false;
        // Killed when we are, however that happens.
        bool dies_with_us = false;
        // How long it may take to undo what it has done when it is given up; then it is killed.
        std::int64_t patience_ms = 2'000;
    };
    // `signals`: those for us while CRIU works. Errors: "criu not found in PATH ...", those of the start.
    Criu(const Start& start, sys::SignalFd& signals);
    Criu(const Criu&) = delete;
    Criu& operator=(const Criu&) = delete;
    // One that is still at work finds us gone at its next step, and undoes what it has done; it is killed when that takes
    // longer than `patience_ms`.
    ~Criu();
    // The same now. Never throws.
    void give_up() noexcept;

    pid_t pid() const { return process_.pid(); }
    // 40101: 4.1.1. Asked once.
    int version();
    // Errors: "CRIU 3.11 has no X: N or newer is needed".
    void require_version(int wanted, std::string_view feature);
    // Which of those asked for CRIU and the kernel have.
    Features features(const Features& asked);

    using Handler = std::function<void(Notification&)>;
    // The one thing this process is for. `handle` is called for each notification; what it throws makes CRIU give up, and
    // is thrown again when CRIU has cleaned up. A signal that asks us to stop ends CRIU if `may_stop()`, else CRIU goes on
    // and is waited for. CRIU has ended when this returns.
    // Errors: "criu failed: type DUMP errno 0"; Interrupted; "CRIU has ended without an answer: exit status 1".
    void run(RequestType type, const CriuOptions& options, const Handler& handle,
             const std::function<bool()>& may_stop);

private:
    void say(const std::string& message);
    // A question and its answer, before run().
    Response ask(const std::string& message);
    // The next message, with what descriptors came along.
    sys::Packet receive(const std::function<bool()>& may_stop);
    void take_signals(const std::function<bool()>& may_stop);
    // Closes the conversation and waits; kills what does not end by itself, or has done nothing so far.
    sys::WaitStatus end();

    sys::SignalFd& signals_;
    sys::UniqueFd socket_;
    sys::ChildProcess process_;
    const std::int64_t patience_ms_;
    bool has_begun_ = false;  // there is something to undo
    int version_ = 0;
};

// What the log says of a failure, as warnings: each line with "Error" and the few before it. Returns the one that counts:
// the last before those that only say that all has failed. Empty without one.
std::string quote_errors(const std::string& log_file);

}  // namespace runcxx::checkpoint
