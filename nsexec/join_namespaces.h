// SPDX-License-Identifier: Apache-2.0
// Opens the namespaces of a message, checks that they are what they are said to be, and enters them.
// Runs in: init (before main). Opening and entering are apart, because no path can be trusted to mean the
// same thing, or to be reachable at all, once the first namespace is entered.
#pragma once

#include <stdbool.h>

#include "decode.h"

// An fd per bootstrap.joins entry; -1 when entered, or when there is nothing to enter.
struct open_namespaces {
    int fds[RUNCXX_NAMESPACE_COUNT];
};

// Opens every path. User and pid namespaces that this process is already in are taken off the list: setns(2)
// refuses the first with EINVAL, and the second would cost a fork for nothing. Fails for the process, naming
// type and path, when a path can't be opened, is no namespace, or is one of another type.
void open_namespaces(int proc_fd, const struct bootstrap* message, struct open_namespaces* out);

// True if joining needs a fork: a pid namespace holds children only.
bool joins_pid_namespace(const struct bootstrap* message, const struct open_namespaces* namespaces);

// Enters all of them in three passes: everything but the user namespace, while the caller's privileges last;
// the user namespace, becoming its uid 0; then those which were refused with EPERM, as the user namespace may
// own them. Closes the fds. Fails for the process, naming type and path.
void join_namespaces(const struct bootstrap* message, struct open_namespaces* namespaces);
