// SPDX-License-Identifier: Apache-2.0
// bpf(2) as far as the device rules of a cgroup2 directory need it: programs of type BPF_PROG_TYPE_CGROUP_DEVICE
// (Linux 4.15) are loaded, attached with BPF_F_ALLOW_MULTI, replaced, detached, listed and pinned. Functions return 0
// or the errno. Runs in: runtime.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/paths.h"
#include "sys/unique_fd.h"

namespace runcxx::sys {

// BPF_PROG_LOAD. EAGAIN (the verifier was interrupted by a signal) is tried 10 times. With `verifier_log` the kernel
// is asked why, which is slow: only for a program that was refused; the log is cut at 64 KiB.
int try_load_device_program(std::span<const bpf_insn> program, UniqueFd& loaded,
                            std::string* verifier_log = nullptr);

// BPF_PROG_ATTACH with BPF_F_ALLOW_MULTI to the cgroup `cgroup` (a handle will do). `replaced` (BPF_F_REPLACE, Linux
// 5.6; before: EINVAL): takes that program's place in one step; ENOENT when it is not attached there.
int try_attach_device_program(const UniqueFd& cgroup, const UniqueFd& program, const UniqueFd* replaced);
// BPF_PROG_DETACH; ENOENT when it is not attached there.
int try_detach_device_program(const UniqueFd& cgroup, const UniqueFd& program);

// BPF_PROG_QUERY: ids of the programs attached to this cgroup itself (at most 64, the kernel's limit).
int try_device_programs(const UniqueFd& cgroup, std::vector<std::uint32_t>& ids);
// BPF_PROG_GET_FD_BY_ID. ENOENT: gone; EPERM, EACCES: another's, and an LSM keeps it from us.
int try_open_program(std::uint32_t id, UniqueFd& program);

// BPF_OBJ_PIN at a path on a bpf file system, where others (systemd's BPFProgram=) find it; it lives until the file
// is unlinked. EEXIST: the path is taken.
int try_pin_program(const UniqueFd& program, const HostPath& path);

}  // namespace runcxx::sys
