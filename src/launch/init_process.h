// SPDX-License-Identifier: Apache-2.0
// The init process as the runtime sees it: spawning it, talking it through the C stage, serving its requests,
// and saying what happened when it died. Every wait is one poll over the channel, the log pipe, the pidfds
// and our own signals, so nothing that dies or is interrupted is waited for. Runs in: runtime. Must not know
// what the requests mean (Requests does).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/container.h"
#include "launch/bootstrap_message.h"
#include "launch/log_relay.h"
#include "sync/channel.h"
#include "sync/order.h"
#include "sys/child_process.h"
#include "sys/poll.h"

namespace runcxx::launch {

struct SpawnRequest {
    bool for_exec = false;
    // Init is the first process of a new pid namespace from birth; otherwise the C stage would have to fork it, as
    // unshare(2) changes the namespace of children only. Not with a user namespace, which must be there before.
    bool in_new_pid_namespace = false;
    const sys::UniqueFd* cgroup = nullptr;                     // v2: born inside
    const std::vector<sys::UniqueFd>* cgroup_joins = nullptr;  // v1: the child writes itself in
    const sys::UniqueFd* exec_fifo = nullptr;
    const sys::UniqueFd* console_socket = nullptr;
    const sys::UniqueFd* pidfd_socket = nullptr;
    const sys::UniqueFd* hook_out = nullptr;  // files for the output of hooks that init runs
    const sys::UniqueFd* hook_err = nullptr;
    std::vector<sys::UniqueFd> stdio;  // three, or none to share ours
    std::uint32_t preserved_fds = 0;   // numbers 3 .. 3+n-1 of this process
    bool keep_affinity = false;        // exec with CPU affinities of its own: init has ours, not all CPUs
};

// The answers to init's requests, called in the order of sync/messages.h.
struct Requests {
    // The source of mounts[index]: a detached mount when it is id-mapped, else a handle.
    std::function<sys::UniqueFd(std::size_t index)> mount_source;
    std::function<void()> rootfs_ready;
    std::function<std::optional<config::SeccompProgram>()> process_ready;
    std::function<void(sys::UniqueFd listener)> seccomp_listener;
};

// Takes what has arrived; throws "interrupted by signal N" for one that asks us to stop.
void throw_if_interrupted(sys::SignalFd& signals);

class InitProcess {
public:
    // Spawns the protected copy of ourselves as "init". `signals`: interrupting ones end every wait with an
    // Error.
    InitProcess(const SpawnRequest& request, sys::SignalFd& signals);
    InitProcess(const InitProcess&) = delete;
    InitProcess& operator=(const InitProcess&) = delete;
    // A live init that was not released is killed and reaped.
    ~InitProcess();

    // The pid that was spawned, before bootstrap() the only one.
    pid_t spawned_pid() const { return spawned_.pid(); }
    // Sends the bootstrap message and the configuration, and waits for the pid of the final process.
    void bootstrap(Bootstrap bootstrap, const config::Init& init);
    pid_t pid() const { return init_.is_valid() ? init_.pid() : spawned_.pid(); }
    const sys::UniqueFd& pidfd() const { return init_.is_valid() ? init_.pidfd() : spawned_.pidfd(); }

    // Answers requests until init closes the channel: it waits at the exec fifo (`must_live`), or runs its
    // program.
    void serve(const Requests& requests, bool for_exec, bool must_live);

    // Init lives on without us; the caller takes over the process.
    sys::ChildProcess release();

private:
    // Throws what is known about the death of a stage: its own words, and its wait status.
    [[noreturn]] void fail_with_last_words(const char* during);
    // Waits for `fd`; relays logs; false when a process we wait for has died and `fd` has nothing.
    bool wait_for(const sys::UniqueFd& fd);
    // Waits for the line with the pids and takes over their processes.
    void read_report();
    void reap_stages();
    void answer(const sync::Message& message, const Requests& requests);

    sys::SignalFd& signals_;
    sys::UniqueFd init_pipe_;
    sync::Channel channel_;
    LogRelay logs_;
    bool in_new_pid_namespace_;
    sys::UniqueFd executable_;  // what init runs from
    sys::SpawnFailure spawn_failure_;
    sys::ChildProcess spawned_;
    sys::ChildProcess intermediate_;  // stage 1 when it is neither the first nor the last
    sys::ChildProcess init_;          // when it is not spawned_
    std::optional<sync::Failure> failure_;
};

}  // namespace runcxx::launch
