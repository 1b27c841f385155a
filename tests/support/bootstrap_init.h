// SPDX-License-Identifier: Apache-2.0
// For tests that speak to `init` themselves, in the runtime's place: the process, and what they look at.
#pragma once

#include <sys/types.h>

#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "support/fd.h"
#include "support/runtime.h"

namespace runcxx::tests::bootstrap {

// One `init`, spawned as the runtime does it. Whatever a test does, its destructor ends and reaps everything.
class Init {
public:
    struct Setup {
        bool close_early = false;        // no more bytes after the message
        int log_level = 4;               // everything but debug
        unsigned long spawn_flags = 0;   // CLONE_NEW* of the spawn
        std::function<void()> in_child;  // before execve
        std::vector<std::string> env;    // over the usual one; NAME alone removes
        std::vector<std::string> arguments = {"init"};
        std::function<void()> after_spawn;  // before the report is read
    };

    explicit Init(const std::string& sent) : Init(sent, Setup()) {}
    Init(const std::string& sent, const Setup& setup);
    Init(const Init&) = delete;
    Init& operator=(const Init&) = delete;
    ~Init() { finish(); }

    pid_t spawned() const { return spawned_; }
    bool reported() const { return stage2_ != 0; }
    pid_t stage1() const { return stage1_; }
    pid_t pid() const { return stage2_; }

    // Waits until the C stage is done with this process.
    bool settled() const;

    // Closes the pipes, which ends init, and waits for all processes; kills what is left after five seconds.
    void finish();

    bool hung() const { return hung_; }
    size_t processes() const { return statuses_.size(); }
    // Exit code, 128 + signal, or -1 if it was no child of ours.
    int exit_code(pid_t pid) const;
    int exit_code() const { return exit_code(spawned_); }
    std::string errors() const { return read_back(errors_); }
    const std::string& records() const { return records_; }

    // Messages of the records of this level; every line must be a JSON object.
    std::vector<std::string> messages(const std::string& level) const;

private:
    // True when none is left. Of a failed bootstrap there may be siblings whose pid was never reported: any
    // child.
    bool reap();
    void spawn(const Setup& setup, const std::array<int, 4>& fds);
    void read_report();

    Fd socket_, sync_, log_, errors_;
    pid_t spawned_ = -1, stage1_ = 0, stage2_ = 0;
    bool finished_ = false, hung_ = false;
    std::map<pid_t, int> statuses_;
    std::string records_;
};

// Ends it and checks that it failed alone, saying this and only this.
void check_fails(Init& init, const std::string& reason);
void check_fails(const std::string& sent, const std::string& reason);

// In the child of Init::Setup: an ordinary user from then on.
void become_user();

// The values of a line of /proc/PID/status.
std::string status_line(pid_t pid, const std::string& key);
// With single blanks between the words.
std::string squeezed(const std::string& words);

}  // namespace runcxx::tests::bootstrap

#define SPEAKS_THE_WIRE()                                    \
    if (runtime_identity().kind == RuntimeKind::Crun) {      \
        SUCCEED("crun has no init that could be spoken to"); \
        return;                                              \
    }
// Texts, number of processes, and what runc does not check.
#define OURS_ONLY()                        \
    if (!is_runcxx()) {                    \
        SUCCEED("not promised by others"); \
        return;                            \
    }
