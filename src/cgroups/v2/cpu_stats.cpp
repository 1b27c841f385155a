// SPDX-License-Identifier: Apache-2.0
#include "cgroups/meter.h"
#include "cgroups/stat_text.h"

namespace runcxx::cgroups::v2 {
namespace {

// The file is there without the controller, too.
void read(const Directory& directory, Stats& stats) {
    const auto text = text_if_there(directory, "cpu.stat");
    if (!text) return;
    const auto counts = parse_counters(*text);
    const auto nanoseconds = [&](const char* name) { return counter(counts, name) * 1000; };
    stats.cpu.usage = unless_zero(CpuUsage{.total = nanoseconds("usage_usec"),
                                           .kernel = nanoseconds("system_usec"),
                                           .user = nanoseconds("user_usec")});
    stats.cpu.throttling = unless_zero(Throttling{.periods = counter(counts, "nr_periods"),
                                                  .throttled_periods = counter(counts, "nr_throttled"),
                                                  .throttled_time = nanoseconds("throttled_usec")});
}

}  // namespace

extern const Meter kCpuMeter{.controller = "cpu", .read = read};

}  // namespace runcxx::cgroups::v2
