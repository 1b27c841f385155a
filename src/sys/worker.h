// SPDX-License-Identifier: Apache-2.0
// A forked child that does something a single-threaded process could not undo, such as visiting another
// namespace, and hands over what it found there. Runs in: runtime.
#pragma once

#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/error.h"
#include "sys/retry.h"

namespace runcxx::sys {

// Killed and reaped when its owner goes.
class Worker {
public:
    // Runs `work` in the child, which then exits. `work` must not return to the caller's world: no throw.
    template <class Work>
    explicit Worker(const Work& work) : pid_(::fork()) {
        if (pid_ < 0) throw Error::from_errno(errno, "fork");
        if (pid_ > 0) return;
        // Should the runtime be killed, nobody would end us.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        work();
        ::_exit(0);
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() {
        ::kill(pid_, SIGKILL);
        retry([&] { return ::waitpid(pid_, nullptr, 0); });
    }
    pid_t pid() const { return pid_; }

private:
    pid_t pid_;
};

}  // namespace runcxx::sys
