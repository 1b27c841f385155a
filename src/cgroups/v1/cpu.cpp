// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v1/cpu.h"

#include <cerrno>

#include <fmt/core.h>

#include "cgroups/controller.h"

namespace runcxx::cgroups::v1 {
namespace {

constexpr auto kPeriod = "cpu.cfs_period_us";
constexpr auto kQuota = "cpu.cfs_quota_us";
constexpr auto kBurst = "cpu.cfs_burst_us";

bool wants(const oci::Resources& resources) {
    const auto& cpu = resources.cpu;
    return cpu.shares.value_or(0) != 0 || cpu.quota.value_or(0) != 0 || cpu.period.value_or(0) != 0 ||
           cpu.burst || cpu.idle || wants_realtime(resources);
}

void set_shares(const Directory& directory, std::uint64_t shares) {
    directory.write("cpu.shares", std::to_string(shares));
    if (shares >= 2 && shares <= 262144) return;  // MIN_SHARES and MAX_SHARES of the kernel: taken as it is
    const auto taken = directory.read_number("cpu.shares");
    if (shares > taken) throw Error(fmt::format("the maximum allowed cpu-shares is {}", taken));
    if (shares < taken) throw Error(fmt::format("the minimum allowed cpu-shares is {}", taken));
}

// Returns the text if it has to be tried again after another value: period, burst, quota and runtime limit
// each other, and the kernel answers EINVAL to a pair that is not legal yet.
std::string write_or_defer(const Directory& directory, const char* name, std::uint64_t value,
                           bool other_follows) {
    auto text = std::to_string(value);
    const int failure = directory.try_write(name, text);
    if (failure == 0) return {};
    if (failure == EINVAL && other_follows) return text;
    throw directory.write_error(name, text, failure);
}

void set_quota(const Directory& directory, std::int64_t quota, const std::string& late_period) {
    const auto text = std::to_string(quota);
    const int failure = directory.try_write(kQuota, text);
    if (failure == EINVAL && !late_period.empty()) {
        // Neither goes first: the share of one order is above the parent's, that of the other below a child's.
        // Without a quota of its own a group has the parent's share, which is always legal.
        directory.write(kQuota, "-1");
        directory.write(kPeriod, late_period);
        directory.write(kQuota, text);
        return;
    }
    if (failure != 0) throw directory.write_error(kQuota, text, failure);
    if (!late_period.empty()) directory.write(kPeriod, late_period);
}

void set_bandwidth(const Directory& directory, const oci::Cpu& cpu) {
    const auto quota = cpu.quota.value_or(0);
    std::string period, burst;
    if (cpu.period.value_or(0) != 0) period = write_or_defer(directory, kPeriod, *cpu.period, quota != 0);
    // Linux 5.14; runc goes on without it.
    if (cpu.burst && directory.has(kBurst)) burst = write_or_defer(directory, kBurst, *cpu.burst, quota != 0);
    if (quota != 0) set_quota(directory, quota, period);
    if (!burst.empty()) directory.write(kBurst, burst);
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation&) {
    const auto& cpu = resources.cpu;
    const bool sets_shares = cpu.shares.value_or(0) != 0;
    // An idle group takes no shares, and becoming idle drops them.
    if (cpu.idle && (*cpu.idle == 0 || sets_shares)) directory.write("cpu.idle", "0");
    if (sets_shares) set_shares(directory, *cpu.shares);
    set_bandwidth(directory, cpu);
    if (cpu.idle.value_or(0) != 0) directory.write("cpu.idle", std::to_string(*cpu.idle));
    apply_realtime(directory, resources);
}

}  // namespace

bool wants_realtime(const oci::Resources& resources) {
    return resources.cpu.realtime_period.value_or(0) != 0 || resources.cpu.realtime_runtime.value_or(0) != 0;
}

void apply_realtime(const Directory& directory, const oci::Resources& resources) {
    const auto runtime = resources.cpu.realtime_runtime.value_or(0);
    std::string period;
    if (resources.cpu.realtime_period.value_or(0) != 0)
        period = write_or_defer(directory, "cpu.rt_period_us", *resources.cpu.realtime_period, runtime != 0);
    if (runtime != 0) directory.write("cpu.rt_runtime_us", std::to_string(runtime));
    if (!period.empty()) directory.write("cpu.rt_period_us", period);
}

extern const Controller kCpu{.name = "cpu", .wants = wants, .apply = apply};

}  // namespace runcxx::cgroups::v1
