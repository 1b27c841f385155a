// SPDX-License-Identifier: Apache-2.0
// Child processes: spawning a program, waiting through pidfds, signals that cannot hit a recycled pid.
// Runs in: either.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sys/unique_fd.h"

namespace runcxx::sys {

// How a process ended, from waitid(2)/wait4(2).
struct WaitStatus {
    bool signaled = false;
    int value = 0;  // exit code, or signal number

    // What a shell would report: the code, or 128 + signal.
    int exit_code() const { return signaled ? 128 + value : value; }
    // "exit status 3" or "signal: killed".
    std::string to_string() const;
};

// That SIGCHLD is ignored is inherited over exec, and then the kernel itself waits for children: their status is lost,
// and no signal tells of their end (wait(2), NOTES). Undone; to be called before the first child.
void keep_ended_children();

// A pid of this process's own child together with a pidfd (Linux 5.3). Not killed on destruction.
class ChildProcess {
public:
    ChildProcess() = default;
    // Takes over a child whose pid cannot have been recycled (it is ours and not yet waited for).
    static ChildProcess adopt(pid_t pid);
    ChildProcess(pid_t pid, UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

    pid_t pid() const { return pid_; }
    const UniqueFd& pidfd() const { return pidfd_; }
    bool is_valid() const { return pid_ > 0; }
    // Forgets the child without waiting for it.
    void forget() {
        pid_ = 0;
        pidfd_.reset();
    }

    // Waits; the child is gone afterwards. Precondition: is_valid().
    WaitStatus wait();
    // nullopt while it still runs.
    std::optional<WaitStatus> try_wait();
    // kill(2) by pidfd; a process that has already ended is not an error.
    void kill(int signal) const;

private:
    pid_t pid_ = 0;
    UniqueFd pidfd_;
};

struct SpawnOptions {
    const UniqueFd* executable = nullptr;  // execveat(fd, "", AT_EMPTY_PATH); else `path`
    std::string path;                      // execve; no PATH search
    std::vector<std::string> args;         // argv, with argv[0]
    std::vector<std::string> env;
    const UniqueFd* working_dir = nullptr;  // fchdir before exec
    const UniqueFd* cgroup = nullptr;       // CLONE_INTO_CGROUP (Linux 5.7), a cgroup2 directory
    const std::vector<UniqueFd>* cgroup_joins =
        nullptr;                           // cgroup v1 `tasks` files: the child writes "0" to each
    std::uint64_t namespace_flags = 0;     // CLONE_NEW* for the child
    std::vector<std::pair<int, int>> fds;  // {fd here, number there}: dup2'd in order, open over exec
    int parent_death_signal = 0;           // prctl(PR_SET_PDEATHSIG), 0: none
    bool new_session = false;              // setsid
    bool new_process_group = false;        // setpgid(0, 0)
    bool close_other_fds = false;          // also those above 2 that are not CLOEXEC, before `fds` is applied
};

// What a child could not do before its program ran: a word that parent and child share.
class SpawnFailure {
public:
    enum class Stage : int { None, Prepare, JoinCgroup, Exec };

    SpawnFailure();
    SpawnFailure(const SpawnFailure&) = delete;
    SpawnFailure& operator=(const SpawnFailure&) = delete;
    ~SpawnFailure();

    void set(Stage stage, int error);
    bool has_happened() const { return word_->stage != Stage::None; }
    // Throws what spawn() would have thrown; nothing if nothing has gone wrong so far.
    void rethrow(std::string_view program) const;

private:
    struct Word {
        Stage stage;
        int error;
    };
    Word* word_ = nullptr;
};

// clone3(CLONE_VFORK|CLONE_PIDFD) and exec; returns when the program runs. All signals are unblocked and back
// to default in the child. Errors: "spawn <path>: ..." with the errno of clone3 (EBUSY, EOPNOTSUPP: the
// cgroup cannot take processes) or of what failed in the child up to exec.
ChildProcess spawn(const SpawnOptions& options);
// The same, but returns at once, beside the child that is on its way to the program. Whoever then learns that the child
// has ended without a word finds the cause in `failure`. Errors: those of clone3 only.
ChildProcess spawn_without_waiting(const SpawnOptions& options, SpawnFailure& failure);

// pidfd_open(2). nullopt/-1 when there is no such process.
UniqueFd try_open_pidfd(pid_t pid);
// Whether its process has ended, reaped or not.
bool has_ended(const UniqueFd& pidfd);
// What tells the process from every other one since the host was started: its inode number in pidfs (Linux 6.9). nullopt
// on older kernels, whose pidfds all have the same.
std::optional<std::uint64_t> process_inode(const UniqueFd& pidfd);
// pidfd_send_signal(2); returns 0 or the errno (ESRCH: it has ended).
int try_send_signal(const UniqueFd& pidfd, int signal);
// kill(2) for callers that have only a pid; returns 0 or the errno.
int try_kill(pid_t pid, int signal);
// pidfd_getfd(2) (Linux 5.6).
UniqueFd fd_of_process(const UniqueFd& pidfd, int number);

// Field 22 of /proc/PID/stat in clock ticks and the state letter, parsed behind the last ')'.
struct ProcessStat {
    char state = 0;
    std::uint64_t start_time = 0;
    pid_t parent = 0;
};
std::optional<ProcessStat> try_process_stat(pid_t pid);

// Waits for any child without blocking (wait4(-1, WNOHANG)).
struct ReapedChild {
    pid_t pid = 0;
    WaitStatus status;
};
std::optional<ReapedChild> try_reap_any();

pid_t own_pid();
pid_t parent_pid();
// prctl(PR_SET_CHILD_SUBREAPER); returns 0 or the errno.
int try_become_subreaper();

}  // namespace runcxx::sys
