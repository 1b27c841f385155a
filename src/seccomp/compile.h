// SPDX-License-Identifier: Apache-2.0
// linux.seccomp -> a classic BPF program: a search tree over the numbers, ENOSYS for unknown ones included, and
// behind it libseccomp's program for what is not ours to decide (decisions.h).
// Runs in: runtime. Must not: install anything, nor be linked into what init calls after its filter is on.
#pragma once

#include <optional>

#include "config/container.h"
#include "oci/spec.h"

namespace runcxx::seccomp {

// Judges a profile without compiling it: names of actions, operators, architectures and flags, flags that
// this kernel lacks, and what SCMP_ACT_NOTIFY may not be used for. Cheap (a few seccomp(2) probes at most),
// so that `create` can call it before it has any side effect. Throws Error(InvalidConfig), a flag the kernel
// lacks Error(NotSupported). A disabled profile passes.
enum class UnknownNames { Skipped, Refused };  // of system calls, by libseccomp
void check(const oci::Seccomp& profile, UnknownNames unknown = UnknownNames::Skipped);

// The program and flags for seccomp(2); nullopt when seccomp is disabled (no default action and no syscalls).
// Includes check(). Syscall names that libseccomp does not know are skipped with a debug record. Throws Error
// when libseccomp refuses a rule or the program is longer than the kernel takes (BPF_MAXINSNS, 4096).
std::optional<config::SeccompProgram> compile(const oci::Seccomp& profile);

}  // namespace runcxx::seccomp
