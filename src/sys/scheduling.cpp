// SPDX-License-Identifier: Apache-2.0
#include "sys/scheduling.h"

#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace runcxx::sys {
namespace {

int errno_if(long result) {
    return result < 0 ? errno : 0;
}

// SCHED_ATTR_SIZE_VER0 of linux/sched/types.h, which clashes with glibc's <sched.h>.
struct KernelSchedulingAttributes {
    std::uint32_t size;
    std::uint32_t policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime;
    std::uint64_t deadline;
    std::uint64_t period;
};
static_assert(sizeof(KernelSchedulingAttributes) == 48);

// The kernel takes and gives masks of any larger size than its own, so the largest serves every host.
constexpr std::size_t kMostCpuWords = 65'536 / 64;

constexpr int kIoPriorityOfProcess = 1;  // IOPRIO_WHO_PROCESS

}  // namespace

int try_set_scheduling(const SchedulingAttributes& attributes) {
    KernelSchedulingAttributes kernel{sizeof(KernelSchedulingAttributes),
                                      attributes.policy,
                                      attributes.flags,
                                      attributes.nice,
                                      attributes.priority,
                                      attributes.runtime,
                                      attributes.deadline,
                                      attributes.period};
    return errno_if(::syscall(SYS_sched_setattr, 0, &kernel, 0));
}

int try_set_io_priority(int value) {
    return errno_if(::syscall(SYS_ioprio_set, kIoPriorityOfProcess, 0, value));
}

int try_set_personality(unsigned long value) {
    return errno_if(::syscall(SYS_personality, value));
}

int try_set_memory_policy(int mode, std::span<const std::uint64_t> nodes) {
    // The kernel reads maxnode - 1 bits, hence the one more.
    const unsigned long bits = nodes.empty() ? 0 : nodes.size() * 64 + 1;
    return errno_if(::syscall(SYS_set_mempolicy, mode, nodes.empty() ? nullptr : nodes.data(), bits));
}

int try_set_cpu_affinity(int pid, std::span<const std::uint64_t> cpus) {
    return errno_if(::syscall(SYS_sched_setaffinity, pid, cpus.size_bytes(), cpus.data()));
}

std::vector<std::uint64_t> cpu_affinity(int pid) {
    std::vector<std::uint64_t> cpus(kMostCpuWords);
    const long bytes = ::syscall(SYS_sched_getaffinity, pid, cpus.size() * sizeof cpus[0], cpus.data());
    if (bytes < 0) return {};
    cpus.resize((static_cast<std::size_t>(bytes) + sizeof cpus[0] - 1) / sizeof cpus[0]);
    return cpus;
}

int try_reset_cpu_affinity(int pid) {
    std::array<std::uint64_t, kMostCpuWords> all{};
    all.fill(~std::uint64_t{0});
    return try_set_cpu_affinity(pid, all);
}

}  // namespace runcxx::sys
