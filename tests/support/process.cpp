// SPDX-License-Identifier: Apache-2.0
#include "support/process.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <thread>

extern char** environ;

namespace runcxx::tests {

namespace {

std::vector<std::string> environment_with(const std::vector<std::string>& changes) {
    std::vector<std::string> result;
    auto name_of = [](const std::string& entry) { return entry.substr(0, entry.find('=')); };
    for (char** entry = environ; *entry; ++entry) {
        std::string name = name_of(*entry);
        if (std::none_of(changes.begin(), changes.end(), [&](const auto& c) { return name_of(c) == name; }))
            result.emplace_back(*entry);
    }
    for (const auto& change : changes)
        if (change.find('=') != std::string::npos) result.push_back(change);
    return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

bool comes_true(const std::function<bool()>& condition, double seconds) {
    auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

}  // namespace

Process::Process(const std::vector<std::string>& argv, const Options& options)
    : out_(memory_file("stdout")), err_(memory_file("stderr")), deadline_(options.deadline * time_scale()) {
    Fd input;
    if (options.stdin_fd < 0 && !options.input.empty()) {
        input = memory_file("stdin");
        if (write(input.get(), options.input.data(), options.input.size()) < 0)
            throw std::runtime_error("stdin");
        lseek(input.get(), 0, SEEK_SET);
    } else if (options.stdin_fd < 0) {
        input = Fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    std::vector<std::string> arguments = argv;
    std::vector<std::string> environment = environment_with(options.env);
    auto argument_list = pointers(arguments);
    auto environment_list = pointers(environment);
    started_ = std::chrono::steady_clock::now();
    pid_ = fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ == 0) {
        // A test that is killed must not leave its runtime behind.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int in = options.stdin_fd >= 0 ? options.stdin_fd : input.get();
        int out = options.stdout_fd >= 0 ? options.stdout_fd : out_.get();
        int err = options.stderr_fd >= 0 ? options.stderr_fd : err_.get();
        // Move everything high first: a source may sit on another's target number.
        int base = 600;
        std::vector<std::pair<int, int>> moves = {{in, 0}, {out, 1}, {err, 2}};
        moves.insert(moves.end(), options.fds.begin(), options.fds.end());
        for (auto& [from, to] : moves)
            from = fcntl(from, F_DUPFD_CLOEXEC, base);
        for (const auto& [from, to] : moves)
            dup2(from, to);
        ::signal(SIGPIPE, SIG_DFL);
        if (!options.cwd.empty() && chdir(options.cwd.c_str()) < 0) _exit(124);
        if (options.in_child) options.in_child();
        execvpe(argument_list[0], argument_list.data(), environment_list.data());
        dprintf(2, "test: execve %s: %s\n", argument_list[0], strerror(errno));
        _exit(125);
    }
    pidfd_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)),
      deadline_(other.deadline_),
      started_(other.started_),
      status_(other.status_) {}

Process::~Process() {
    if (pid_ > 0 && !status_) {
        ::kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
}

void Process::signal(int number) const {
    ::kill(pid_, number);
}

bool Process::running() {
    if (status_) return false;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    return !status_;
}

Result Process::wait() {
    Result result;
    if (!status_) {
        auto spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
        pollfd waiting{pidfd_.get(), POLLIN, 0};
        int ready;
        do
            ready = poll(&waiting, 1, static_cast<int>(std::max(0.0, deadline_ - spent) * 1000));
        while (ready < 0 && errno == EINTR);
        if (ready == 0) {
            result.timed_out = true;
            ::kill(pid_, SIGKILL);
        }
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        status_ = status;
    }
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    result.exit_code = WIFSIGNALED(*status_) ? 128 + WTERMSIG(*status_) : WEXITSTATUS(*status_);
    result.out = out();
    result.err = err();
    return result;
}

bool Process::wait_for_output(const std::string& text, double seconds) {
    return wait_until([&] { return out().find(text) != std::string::npos; }, seconds);
}

double time_scale() {
    static const double scale = [] {
        const char* given = getenv("TIME_SCALE");
        return given && *given ? std::stod(given) : 1.0;
    }();
    return scale;
}

void forbid_call(long number, int error) {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{.len = 4, .filter = code};
    if (geteuid() != 0) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) _exit(99);
}

Result execute(const std::vector<std::string>& argv, const Options& options) {
    return Process(argv, options).wait();
}

bool wait_until(const std::function<bool()>& condition, double seconds) {
    return comes_true(condition, seconds * time_scale());
}

bool never_within(double seconds, const std::function<bool()>& condition) {
    return !comes_true(condition, seconds);
}

void pause_for(double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds * time_scale()));
}

}  // namespace runcxx::tests
