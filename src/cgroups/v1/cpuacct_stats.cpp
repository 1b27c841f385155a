// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "cgroups/meter.h"
#include "cgroups/stat_text.h"

namespace runcxx::cgroups::v1 {
namespace {

// cpuacct.stat counts in USER_HZ, which is 100 on every architecture that Linux runs containers on.
constexpr std::uint64_t kNanosecondsPerTick = 10'000'000;

void read(const Directory& directory, Stats& stats) {
    CpuUsage usage;
    if (const auto text = text_if_there(directory, "cpuacct.stat")) {
        const auto ticks = parse_counters(*text);
        usage.user = counter(ticks, "user") * kNanosecondsPerTick;
        usage.kernel = counter(ticks, "system") * kNanosecondsPerTick;
    }
    usage.total = number_if_there(directory, "cpuacct.usage").value_or(0);
    if (const auto text = text_if_there(directory, "cpuacct.usage_percpu"))
        usage.percpu = parse_counts(*text);
    // "cpu user system", then a line for each CPU.
    if (const auto text = text_if_there(directory, "cpuacct.usage_all"))
        for (const auto line : split(*text, '\n')) {
            const auto numbers = parse_counts(line);
            if (numbers.size() < 3) continue;
            usage.percpu_user.push_back(numbers[1]);
            usage.percpu_kernel.push_back(numbers[2]);
        }
    stats.cpu.usage = unless_zero(usage);
}

}  // namespace

extern const Meter kCpuacctMeter{.controller = "cpuacct", .read = read};

}  // namespace runcxx::cgroups::v1
