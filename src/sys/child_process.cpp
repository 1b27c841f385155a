// SPDX-License-Identifier: Apache-2.0
#include "sys/child_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"
#include "sys/file.h"
#include "sys/retry.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

namespace runcxx::sys {
namespace {

// struct clone_args of linux/sched.h, which cannot be included beside <sched.h> everywhere.
struct CloneArgs {
    std::uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
        set_tid_size, cgroup;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> out;
    out.reserve(strings.size() + 1);
    for (const auto& text : strings)
        out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
}

struct ChildPlan {
    const SpawnOptions& options;
    char* const* argv;
    char* const* envp;
    std::uint64_t ignored_signals;
    SpawnFailure& failure;
};

// The signals that this process ignores (bit n-1: signal n), from /proc/self/status; all of them where that cannot
// be read, so that each is reset.
std::uint64_t ignored_signals() {
    constexpr std::string_view kField = "\nSigIgn:\t";
    constexpr std::size_t kDigits = 16;
    const auto status = try_read_file(HostPath("/proc/self/status"));
    const auto at = status ? status->find(kField) : std::string::npos;
    if (at == std::string::npos) return ~std::uint64_t{0};
    const auto digits = std::string_view(*status).substr(at + kField.size(), kDigits);
    return parse_number<std::uint64_t>(digits, 16).value_or(~std::uint64_t{0});
}

// Ignored signals are inherited over exec, handled ones are not. By the kernel's own call, because sigaction(3)
// refuses the two signals that glibc keeps for itself (32 and 33), and a caller can have ignored those too.
void reset_signals(std::uint64_t ignored) {
    constexpr std::size_t kMaskBytes = _NSIG / 8;          // sizeof(sigset_t) in the kernel
    constexpr std::array<unsigned long, 8> kDefault = {};  // SIG_DFL, no flags, an empty mask
    for (int signal = 1; signal < _NSIG; ++signal)
        if ((ignored >> (signal - 1) & 1U) != 0)
            ::syscall(SYS_rt_sigaction, signal, kDefault.data(), nullptr, kMaskBytes);
}

// Runs in the child: kernel calls only.
[[noreturn]] void run_child(ChildPlan& plan) {
    const auto& options = plan.options;
    using Stage = SpawnFailure::Stage;
    auto stage = Stage::Prepare;
    const auto check = [&](long result) {
        if (result >= 0) return;
        plan.failure.set(stage, errno);
        ::_exit(127);
    };
    if (options.parent_death_signal != 0) check(::prctl(PR_SET_PDEATHSIG, options.parent_death_signal));
    if (options.new_session) check(::setsid());
    if (options.new_process_group) check(::setpgid(0, 0));
    if (options.working_dir != nullptr) check(::fchdir(options.working_dir->get()));
    if (options.cgroup_joins != nullptr) {
        stage = Stage::JoinCgroup;
        for (const auto& tasks : *options.cgroup_joins)
            check(::write(tasks.get(), "0", 1));
    }
    stage = Stage::Prepare;
    if (options.close_other_fds) check(::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC));
    for (const auto& [from, to] : options.fds) {
        if (from == to) {
            check(::fcntl(to, F_SETFD, 0));
        } else {
            check(::dup2(from, to));
        }
    }
    reset_signals(plan.ignored_signals);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    stage = Stage::Exec;
    if (options.executable != nullptr) {
        check(::syscall(SYS_execveat, options.executable->get(), "", plan.argv, plan.envp, AT_EMPTY_PATH));
    } else {
        check(::execve(options.path.c_str(), plan.argv, plan.envp));
    }
    ::_exit(127);
}

const std::string& program_name(const SpawnOptions& options) {
    return options.executable != nullptr ? options.args.front() : options.path;
}

// With or without CLONE_VFORK the child has memory of its own: to share ours (CLONE_VM) would need a stack switch in
// assembly for every architecture.
ChildProcess clone_child(const SpawnOptions& options, std::uint64_t flags, SpawnFailure& failure) {
    const auto argv = pointers(options.args);
    const auto envp = pointers(options.env);
    ChildPlan plan{options, argv.data(), envp.data(), ignored_signals(), failure};

    int pidfd = -1;
    CloneArgs args{};
    args.flags = flags | CLONE_PIDFD | options.namespace_flags;
    args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
    args.exit_signal = SIGCHLD;
    if (options.cgroup != nullptr) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = static_cast<std::uint64_t>(options.cgroup->get());
    }
    const long pid = ::syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0) run_child(plan);
    if (pid < 0) throw Error::from_errno(errno, fmt::format("spawn {}: clone3", program_name(options)));
    return {static_cast<pid_t>(pid), UniqueFd(pidfd)};
}

}  // namespace

void keep_ended_children() {
    ::signal(SIGCHLD, SIG_DFL);
}

std::string WaitStatus::to_string() const {
    if (!signaled) return fmt::format("exit status {}", value);
    const char* name = ::sigdescr_np(value);
    return fmt::format("signal: {}", name == nullptr ? std::to_string(value) : to_lower(name));
}

SpawnFailure::SpawnFailure() {
    void* page = ::mmap(nullptr, sizeof(Word), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) throw Error::from_errno(errno, "map a shared page");
    word_ = static_cast<Word*>(page);
}

SpawnFailure::~SpawnFailure() {
    ::munmap(word_, sizeof(Word));
}

void SpawnFailure::set(Stage stage, int error) {
    *word_ = {stage, error};
}

void SpawnFailure::rethrow(std::string_view program) const {
    const auto stage = word_->stage;
    if (stage == Stage::None) return;
    throw Error::from_errno(
        word_->error, fmt::format("spawn {}{}", program, stage == Stage::JoinCgroup ? ": join cgroup" : ""));
}

ChildProcess ChildProcess::adopt(pid_t pid) {
    auto pidfd = try_open_pidfd(pid);
    if (!pidfd) throw Error::from_errno(errno, fmt::format("pidfd_open {}", pid));
    return {pid, std::move(pidfd)};
}

WaitStatus ChildProcess::wait() {
    int status = 0;
    if (retry([&] { return ::waitpid(pid_, &status, __WALL); }) < 0)
        throw Error::from_errno(errno, fmt::format("wait for process {}", pid_));
    forget();
    if (WIFSIGNALED(status)) return {true, WTERMSIG(status)};
    return {false, WEXITSTATUS(status)};
}

std::optional<WaitStatus> ChildProcess::try_wait() {
    int status = 0;
    const auto reaped = retry([&] { return ::waitpid(pid_, &status, __WALL | WNOHANG); });
    if (reaped < 0) throw Error::from_errno(errno, fmt::format("wait for process {}", pid_));
    if (reaped == 0) return std::nullopt;
    forget();
    if (WIFSIGNALED(status)) return WaitStatus{true, WTERMSIG(status)};
    return WaitStatus{false, WEXITSTATUS(status)};
}

void ChildProcess::kill(int signal) const {
    const int error = try_send_signal(pidfd_, signal);
    if (error != 0 && error != ESRCH) throw Error::from_errno(error, fmt::format("signal process {}", pid_));
}

ChildProcess spawn(const SpawnOptions& options) {
    SpawnFailure failure;
    auto child = clone_child(options, CLONE_VFORK, failure);
    if (failure.has_happened()) child.wait();
    failure.rethrow(program_name(options));
    return child;
}

ChildProcess spawn_without_waiting(const SpawnOptions& options, SpawnFailure& failure) {
    return clone_child(options, 0, failure);
}

UniqueFd try_open_pidfd(pid_t pid) {
    return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

bool has_ended(const UniqueFd& pidfd) {
    pollfd entry{pidfd.get(), POLLIN, 0};
    return retry([&] { return ::poll(&entry, 1, 0); }) > 0;
}

std::optional<std::uint64_t> process_inode(const UniqueFd& pidfd) {
    constexpr std::uint64_t kPidfs = 0x50494446;  // PID_FS_MAGIC
    if (file_system_type(pidfd) != kPidfs) return std::nullopt;
    return stat_fd(pidfd, "pidfd").st_ino;
}

int try_send_signal(const UniqueFd& pidfd, int signal) {
    return ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) < 0 ? errno : 0;
}

int try_kill(pid_t pid, int signal) {
    return ::kill(pid, signal) < 0 ? errno : 0;
}

UniqueFd fd_of_process(const UniqueFd& pidfd, int number) {
    UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd.get(), number, 0)));
    if (!fd) throw Error::from_errno(errno, fmt::format("pidfd_getfd {}", number));
    return fd;
}

std::optional<ProcessStat> try_process_stat(pid_t pid) {
    const auto text = try_read_file(HostPath(fmt::format("/proc/{}/stat", pid)));
    if (!text) return std::nullopt;
    // The name in parentheses may itself hold parentheses, spaces and newlines: fields start behind the last
    // ')'.
    const auto close = text->rfind(')');
    if (close == std::string::npos || close + 2 >= text->size()) return std::nullopt;
    // proc(5) numbers the fields from 1; the state is the third.
    constexpr int kParent = 4;
    constexpr int kStartTime = 22;
    auto rest = std::string_view(*text).substr(close + 2);
    if (rest.substr(1, 1) != " ") return std::nullopt;
    const char state = rest.front();
    std::optional<pid_t> parent;
    std::optional<std::uint64_t> start;
    for (int number = 3; number <= kStartTime; ++number) {
        const auto field = rest.substr(0, rest.find(' '));
        if (number == kParent) parent = parse_number<pid_t>(field);
        if (number == kStartTime) start = parse_number<std::uint64_t>(field);
        rest.remove_prefix(std::min(field.size() + 1, rest.size()));
    }
    if (!start || !parent) return std::nullopt;
    return ProcessStat{state, *start, *parent};
}

std::optional<ReapedChild> try_reap_any() {
    int status = 0;
    const auto pid = retry([&] { return ::waitpid(-1, &status, WNOHANG | __WALL); });
    if (pid <= 0) return std::nullopt;
    if (WIFSIGNALED(status)) return ReapedChild{pid, {true, WTERMSIG(status)}};
    return ReapedChild{pid, {false, WEXITSTATUS(status)}};
}

pid_t own_pid() {
    return ::getpid();
}
pid_t parent_pid() {
    return ::getppid();
}
int try_become_subreaper() {
    return ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ? errno : 0;
}

}  // namespace runcxx::sys
