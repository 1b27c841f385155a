// SPDX-License-Identifier: Apache-2.0
// Scheduling policy, I/O priority, execution domain and NUMA memory policy of the calling process.
// Runs in: either. try_ forms return 0 or the errno.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace runcxx::sys {

// struct sched_attr of sched_setattr(2); times in nanoseconds.
struct SchedulingAttributes {
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
};
int try_set_scheduling(const SchedulingAttributes& attributes);

// ioprio_set(2) for the calling process; `value` is class << 13 | level.
int try_set_io_priority(int value);

// personality(2).
int try_set_personality(unsigned long value);

// set_mempolicy(2); bit n of word n/64 of `nodes` is node n. An empty mask goes as a null pointer.
int try_set_memory_policy(int mode, std::span<const std::uint64_t> nodes);

// sched_setaffinity(2); bit n of word n/64 is cpu n.
int try_set_cpu_affinity(int pid, std::span<const std::uint64_t> cpus);
// sched_getaffinity(2), as many words as the kernel has cpus for, up to 65,536; empty on failure.
std::vector<std::uint64_t> cpu_affinity(int pid);
// All cpus that the process's cpuset has, up to 65,536; returns 0 or the errno.
int try_reset_cpu_affinity(int pid);

}  // namespace runcxx::sys
