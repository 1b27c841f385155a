// SPDX-License-Identifier: Apache-2.0
// Writes the id maps of a user namespace, from outside of it and with the privileges of outside.
// Runs in: init (before main), stage 0.
#pragma once

#include <sys/types.h>

#include "decode.h"

// Maps the ids of the user namespace of `pid`, a fresh one, as the message says: setgroups "deny" if rootless
// without setgroups, then uid_map and gid_map; where the kernel answers EPERM, newuidmap and newgidmap do it.
// `proc_fd` is the directory /proc. Fails for the process.
void map_ids(int proc_fd, pid_t pid, const struct bootstrap* message);
