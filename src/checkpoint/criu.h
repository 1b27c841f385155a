// SPDX-License-Identifier: Apache-2.0
// A CRIU process of our own (`criu swrk FD`, the worker that CRIU's libraries start) and the conversation with it. It
// loads no library and needs no service to run. Runs in: runtime. Must not: know containers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/cgroup2_options.h"
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
    };
    // `signals`: those for us while CRIU works. Errors: "criu not found in PATH ...", those of the start.
    Criu(const Start& start, sys::SignalFd& signals);
    Criu(const Criu&) = delete;
    Criu& operator=(const Criu&) = delete;
    // One that is still at work is killed: a dump is undone by CRIU itself before anything irrevocable, a restore by
    // who kills what is in its cgroup.
    ~Criu();

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
    // and is waited for. CRIU has ended when this returns. The pid of a restored init, else 0.
    // Errors: "criu failed: type DUMP errno 0: <what it says>"; Interrupted; "CRIU has ended without an answer: exit
    // status 1".
    pid_t run(RequestType type, const CriuOptions& options, const Handler& handle,
              const std::function<bool()>& may_stop);

private:
    void say(const std::string& message);
    // A question and its answer, before run().
    Response ask(const std::string& message);
    // The next message, with what descriptors came along.
    sys::Packet receive(const std::function<bool()>& may_stop);
    void take_signals(const std::function<bool()>& may_stop);
    void finish(RequestType type);

    Cgroup2Options host_options_;  // the first, so that they are put back when CRIU has ended
    sys::SignalFd& signals_;
    sys::UniqueFd socket_;
    sys::ChildProcess process_;
    int version_ = 0;
};

// What the log says of a failure, as warnings: each line with "Error" and the few before it.
void quote_errors(const std::string& log_file);

}  // namespace runcxx::checkpoint
