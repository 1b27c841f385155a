// SPDX-License-Identifier: Apache-2.0
#include "config/scheduling.h"

#include "base/text.h"
#include "config/cpu_list.h"
#include "config/invalid_config.h"

namespace runcxx::config {
namespace {

constexpr Named<std::uint32_t> kPolicies[] = {
    // linux/sched.h
    {"SCHED_OTHER", 0}, {"SCHED_FIFO", 1}, {"SCHED_RR", 2},       {"SCHED_BATCH", 3},
    {"SCHED_ISO", 4},   {"SCHED_IDLE", 5}, {"SCHED_DEADLINE", 6},
};

constexpr Named<std::uint64_t> kSchedulerFlags[] = {
    // linux/sched.h
    {"SCHED_FLAG_RESET_ON_FORK", 0x01},  {"SCHED_FLAG_RECLAIM", 0x02},
    {"SCHED_FLAG_DL_OVERRUN", 0x04},     {"SCHED_FLAG_KEEP_POLICY", 0x08},
    {"SCHED_FLAG_KEEP_PARAMS", 0x10},    {"SCHED_FLAG_UTIL_CLAMP_MIN", 0x20},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", 0x40},
};

constexpr Named<std::int32_t> kIoClasses[] = {
    // linux/ioprio.h
    {"IOPRIO_CLASS_RT", 1},
    {"IOPRIO_CLASS_BE", 2},
    {"IOPRIO_CLASS_IDLE", 3},
};
constexpr int kIoClassShift = 13;

constexpr Named<std::uint64_t> kPersonalityDomains[] = {
    // linux/personality.h
    {"LINUX", 0x0000},
    {"LINUX32", 0x0008},
};

enum MemoryMode : std::int32_t {  // linux/mempolicy.h
    Default = 0,
    Preferred,
    Bind,
    Interleave,
    Local,
    PreferredMany,
    WeightedInterleave,
};

// Sorted by name, as `features` prints them; likewise the flags.
constexpr Named<std::int32_t> kMemoryModes[] = {
    {"MPOL_BIND", MemoryMode::Bind},
    {"MPOL_DEFAULT", MemoryMode::Default},
    {"MPOL_INTERLEAVE", MemoryMode::Interleave},
    {"MPOL_LOCAL", MemoryMode::Local},
    {"MPOL_PREFERRED", MemoryMode::Preferred},
    {"MPOL_PREFERRED_MANY", MemoryMode::PreferredMany},
    {"MPOL_WEIGHTED_INTERLEAVE", MemoryMode::WeightedInterleave},
};

constexpr Named<std::int32_t> kMemoryFlags[] = {
    {"MPOL_F_NUMA_BALANCING", 1 << 13},
    {"MPOL_F_RELATIVE_NODES", 1 << 14},
    {"MPOL_F_STATIC_NODES", 1 << 15},
};
constexpr std::int32_t kMemoryFlagBits = 7 << 13;

void check_scheduler_values(const oci::Scheduler& scheduler) {
    const auto& policy = scheduler.policy;
    if (policy.empty()) throw invalid("scheduler policy is required");
    if ((policy == "SCHED_OTHER" || policy == "SCHED_BATCH") && (scheduler.nice < -20 || scheduler.nice > 19))
        throw invalid("invalid scheduler.nice: {} when scheduler.policy is {}", scheduler.nice, policy);
    if (scheduler.priority != 0 && policy != "SCHED_FIFO" && policy != "SCHED_RR")
        throw invalid("scheduler.priority can only be specified for SchedFIFO or SchedRR policy");
    if (policy != "SCHED_DEADLINE" &&
        (scheduler.runtime != 0 || scheduler.deadline != 0 || scheduler.period != 0))
        throw invalid("scheduler runtime/deadline/period can only be specified for SchedDeadline policy");
}

}  // namespace

SchedulerSetup resolve_scheduler(const oci::Scheduler& scheduler) {
    check_scheduler_values(scheduler);
    SchedulerSetup setup;
    const auto policy = find_value(kPolicies, scheduler.policy);
    if (!policy) throw invalid("invalid scheduler policy: {}", scheduler.policy);
    setup.policy = *policy;
    for (const auto& name : scheduler.flags) {
        const auto flag = find_value(kSchedulerFlags, name);
        if (!flag) throw invalid("invalid scheduler flag: {}", name);
        setup.flags |= *flag;
    }
    setup.nice = scheduler.nice;
    setup.priority = static_cast<std::uint32_t>(scheduler.priority);
    setup.runtime = scheduler.runtime;
    setup.deadline = scheduler.deadline;
    setup.period = scheduler.period;
    return setup;
}

std::int32_t resolve_io_priority(const oci::IoPriority& priority) {
    if (priority.priority < 0 || priority.priority > 7)
        throw invalid("invalid ioPriority.Priority: {}", priority.priority);
    const auto io_class = find_value(kIoClasses, priority.class_name);
    if (!io_class) throw invalid("invalid ioPriority.Class: {}", quoted(priority.class_name));
    return *io_class << kIoClassShift | priority.priority;
}

std::uint64_t resolve_personality(const oci::Personality& personality, std::vector<std::string>& warnings) {
    if (!personality.flags.empty())
        warnings.push_back(
            fmt::format("ignoring unsupported personality flags: [{}] because personality flag has "
                        "not supported at this time",
                        join(personality.flags, " ")));
    const auto domain = find_value(kPersonalityDomains, personality.domain);
    if (!domain) throw invalid("invalid personality domain {}", personality.domain);
    return *domain;
}

MemoryPolicySetup parse_memory_policy(const oci::MemoryPolicy& policy) {
    MemoryPolicySetup setup;
    const auto mode = find_value(kMemoryModes, policy.mode);
    if (!mode) throw invalid("invalid memory policy mode {}", quoted(policy.mode));
    setup.mode = *mode;
    try {
        setup.node_mask = parse_cpu_list(policy.nodes);
    } catch (Error& error) {
        error.add_context(fmt::format("invalid memory policy nodes {}", quoted(policy.nodes)));
        throw;
    }
    for (const auto& name : policy.flags) {
        const auto flag = find_value(kMemoryFlags, name);
        if (!flag) throw invalid("invalid memory policy flag {}", quoted(name));
        setup.mode |= *flag;
    }
    return setup;
}

void check_memory_policy(const MemoryPolicySetup& policy) {
    const auto count = count_bits(policy.node_mask);
    switch (policy.mode & ~kMemoryFlagBits) {
        case MemoryMode::Default:
        case MemoryMode::Local:
            if (count != 0) throw invalid("memory policy mode requires 0 nodes but got {}", count);
            return;
        case MemoryMode::Preferred:
            return;
        default:
            if (count == 0) throw invalid("memory policy mode requires at least one node but got 0");
    }
}

oci::Strings memory_policy_modes() {
    oci::Strings names;
    for (const auto& row : kMemoryModes)
        names.emplace_back(row.name);
    return names;
}

oci::Strings memory_policy_flags() {
    oci::Strings names;
    for (const auto& row : kMemoryFlags)
        names.emplace_back(row.name);
    return names;
}

}  // namespace runcxx::config
