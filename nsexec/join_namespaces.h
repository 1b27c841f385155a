// SPDX-License-Identifier: Apache-2.0
// Opens the namespaces of a message, checks that they are what they are said to be, and enters them.
// Runs in: init (before main). Opening and entering are apart, because no path can be trusted to mean the
// same thing, or to be reachable at all, once the first namespace is entered.
//
// exec joins all namespaces of one process, /proc/PID/ns/*. A pidfd stands for them all, and setns(2) takes one
// since Linux 5.8: all or none, in one call, where the paths cost five calls each.
#pragma once

#include <stdbool.h>

#include "decode.h"

struct open_namespaces {
    int fds
        [RUNCXX_NAMESPACE_COUNT];  // one per bootstrap.joins entry; -1 when entered, or when there is nothing to
                                   // enter
    int pidfd;                     // the process that has them all; -1: the fds are used
    uint32_t pidfd_flags;          // CLONE_NEW* to enter by it
};

// Opens every path, or the one process that they all speak of. User and pid namespaces that this process is already in are taken off the list: setns(2)
// refuses the first with EINVAL, and the second would cost a fork for nothing. Fails for the process, naming
// type and path, when a path can't be opened, is no namespace, or is one of another type.
void open_namespaces(int proc_fd, const struct bootstrap* message, struct open_namespaces* out);

// True if joining needs a fork: a pid namespace holds children only.
bool joins_pid_namespace(const struct bootstrap* message, const struct open_namespaces* namespaces);

// Enters all of them in three passes: everything but the user namespace, while the caller's privileges last;
// the user namespace, becoming its uid 0; then those which were refused with EPERM, as the user namespace may
// own them. Closes the fds. Fails for the process, naming type and path. By a pidfd it is one pass; if the kernel
// refuses that for whatever reason, nothing was entered, and the paths are opened and tried after all.
void join_namespaces(int proc_fd, const struct bootstrap* message, struct open_namespaces* namespaces);
