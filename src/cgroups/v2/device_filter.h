// SPDX-License-Identifier: Apache-2.0
// Device programs in the kernel: loading, and attaching to a cgroup. What the systemd driver needs of them is
// load_device_program() and sys::try_pin_program(), for BPFProgram=device:PATH. Runs in: runtime.
#pragma once

#include "cgroups/device_rules.h"
#include "cgroups/directory.h"
#include "sys/unique_fd.h"

namespace runcxx::cgroups::v2 {

// Nothing is attached yet. Raises RLIMIT_MEMLOCK for the moment, where kernels before 5.11 ask for it. Errors name what
// the kernel lacks (CONFIG_BPF_SYSCALL, CONFIG_CGROUP_BPF), the missing privilege, or the verifier's last words.
sys::UniqueFd load_device_program(const DeviceState& state);

// Makes it the only program of the cgroup; at no moment is more allowed than by the old or the new one. A new cgroup has
// none, so nothing is asked; else the old one is replaced in one step (BPF_F_REPLACE), before Linux 5.6 by attaching
// beside it first. Further ones are detached; those that an LSM hides from us stay, and can only forbid more.
void attach_device_program(const Directory& directory, const sys::UniqueFd& program, bool is_new);

}  // namespace runcxx::cgroups::v2
