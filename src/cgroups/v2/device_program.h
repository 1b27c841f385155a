// SPDX-License-Identifier: Apache-2.0
// Device rules as an eBPF program. cgroup v2 has no control file for them, the kernel runs a program of type
// BPF_PROG_TYPE_CGROUP_DEVICE at every open(2) and mknod(2) of a device by a process of the cgroup. The programs of all
// ancestors have to allow as well. Pure.
// Runs in: runtime.
#pragma once

#include <linux/bpf.h>

#include <vector>

#include "cgroups/device_rules.h"

namespace runcxx::cgroups::v2 {

// It returns 1 (allow) or 0 (EPERM) for a struct bpf_cgroup_dev_ctx exactly as v1 decides by the same state:
// deny-all allows what one exception has whole, allow-all denies what one exception has a part of.
std::vector<bpf_insn> device_program(const DeviceState& state);

}  // namespace runcxx::cgroups::v2
