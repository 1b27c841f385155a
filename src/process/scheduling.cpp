// SPDX-License-Identifier: Apache-2.0
#include "process/scheduling.h"

#include <cerrno>
#include <string_view>

#include <fmt/core.h>

#include "base/error.h"
#include "sys/scheduling.h"

namespace runcxx::process {
namespace {

constexpr std::uint32_t kRealTimeFirstInFirstOut = 1;  // SCHED_FIFO
constexpr std::uint32_t kRealTimeRoundRobin = 2;       // SCHED_RR
constexpr std::uint32_t kDeadline = 6;                 // SCHED_DEADLINE

void check(int error, std::string_view what, std::string_view hint = {}) {
    if (error == 0) return;
    throw Error(Error::Kind::Failure, fmt::format("{}: {}{}", what, errno_text(error), hint), error);
}

std::string_view scheduler_hint(std::uint32_t policy, int error) {
    if (error == EPERM && policy == kDeadline)
        return " (SCHED_DEADLINE needs CAP_SYS_NICE, and process scheduler can't be used together with "
               "AllowedCPUs: "
               "a cpuset or cpu affinity)";
    if (error == EPERM && (policy == kRealTimeFirstInFirstOut || policy == kRealTimeRoundRobin))
        return " (real-time policies need CAP_SYS_NICE or RLIMIT_RTPRIO, and real-time runtime in the "
               "cgroup: "
               "cpu.rt_runtime_us)";
    if (error == EPERM) return " (needs CAP_SYS_NICE)";
    if (error == EBUSY) return " (the bandwidth of deadline tasks is used up: kernel.sched_rt_runtime_us)";
    return {};
}

}  // namespace

void set_scheduler(const config::SchedulerSetup& scheduler) {
    const int error = sys::try_set_scheduling({.policy = scheduler.policy,
                                               .flags = scheduler.flags,
                                               .nice = scheduler.nice,
                                               .priority = scheduler.priority,
                                               .runtime = scheduler.runtime,
                                               .deadline = scheduler.deadline,
                                               .period = scheduler.period});
    check(error, "error setting scheduler", scheduler_hint(scheduler.policy, error));
}

void set_io_priority(std::int32_t value) {
    const int error = sys::try_set_io_priority(value);
    check(error, "failed to set io priority",
          error == EPERM ? std::string_view(" (IOPRIO_CLASS_RT needs CAP_SYS_NICE or CAP_SYS_ADMIN)")
                         : std::string_view());
}

void set_personality(std::uint64_t persona) {
    check(sys::try_set_personality(static_cast<unsigned long>(persona)), "set_personality");
}

void set_memory_policy(const config::MemoryPolicySetup& policy) {
    const int error = sys::try_set_memory_policy(policy.mode, policy.node_mask);
    std::string_view hint;
    if (error == EINVAL)
        hint = " (a node that does not exist or is not in cpuset.mems, or nodes that the mode does not take)";
    if (error == ENOSYS) hint = " (the kernel has no NUMA support)";
    check(error, "set_mempolicy", hint);
}

}  // namespace runcxx::process
