// SPDX-License-Identifier: Apache-2.0
// Making namespaces and sibling processes, with the reason when the kernel refuses.
// Runs in: init (before main).
#pragma once

#include <stdint.h>
#include <sys/types.h>

// The forks of the stages: returns 0 in the child and its pid in the caller, like fork(2), but the child's
// parent is the caller's parent (the runtime), so that the runtime may wait for it. `namespace_flags` are
// CLONE_NEW* that the child is born in. `name` is "stage-1", for the record on failure, which ends the
// process. The caller must not be pid 1 of a pid namespace (EINVAL).
pid_t clone_sibling(int proc_fd, uint32_t namespace_flags, const char* name);

// unshare(2) of all the flags (0: nothing), naming the namespace and the limit when it fails, which ends the
// process.
void unshare_namespaces(int proc_fd, uint32_t flags);
