// SPDX-License-Identifier: Apache-2.0
// Runs a program with captured output and a deadline. Every child is started through here, so that nothing is
// waited for twice and nothing waits for ever.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/fd.h"

namespace runcxx::tests {

struct Options {
    std::vector<std::string> env;  // added to ours; NAME alone removes
    std::string cwd;               // "" keeps ours
    std::string input;             // stdin's content, unless stdin_fd is set
    int stdin_fd = -1, stdout_fd = -1, stderr_fd = -1;
    std::vector<std::pair<int, int>> fds;  // {ours, number in the child}
    double deadline = 30;                  // seconds times time_scale(), then SIGKILL
    std::function<void()> in_child;        // just before execve
    std::vector<std::string> global;       // Runtime: more global options
};

struct Result {
    int exit_code = -1;  // 128 + signal when killed
    std::string out, err;
    bool timed_out = false;
    double seconds = 0;

    bool ok() const { return exit_code == 0; }
};

class Process {
public:
    Process(const std::vector<std::string>& argv, const Options& options = {});
    Process(Process&& other) noexcept;
    Process& operator=(Process&&) = delete;
    ~Process();

    pid_t pid() const { return pid_; }
    void signal(int number) const;
    // Waits until the end or the deadline; output is read afterwards.
    Result wait();
    bool running();
    // What was written so far.
    std::string out() const { return read_back(out_); }
    std::string err() const { return read_back(err_); }
    // Polls out() until it contains `text`; false at the deadline.
    bool wait_for_output(const std::string& text, double seconds = 10);

private:
    pid_t pid_ = -1;
    Fd pidfd_, out_, err_;
    double deadline_;
    std::chrono::steady_clock::time_point started_;
    std::optional<int> status_;
};

// How many times slower than a real machine this host is: $TIME_SCALE, default 1. Every limit of time in the tests is
// given for a real machine and multiplied by this, here and in support/terminal.h.
double time_scale();

// For Options::in_child: from here on a system call fails, in this process and its children.
void forbid_call(long number, int error);

Result execute(const std::vector<std::string>& argv, const Options& options = {});

// Polls every 2 ms.
bool wait_until(const std::function<bool()>& condition, double seconds = 10);
// Whether it stays untrue for that long. Not multiplied: proof that nothing happens before its own time.
bool never_within(double seconds, const std::function<bool()>& condition);
// For what can't be observed, such as a process having got as far as its wait.
void pause_for(double seconds);

}  // namespace runcxx::tests
