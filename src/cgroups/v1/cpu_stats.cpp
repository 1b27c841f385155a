// SPDX-License-Identifier: Apache-2.0
#include "cgroups/meter.h"
#include "cgroups/stat_text.h"

namespace runcxx::cgroups::v1 {
namespace {

void read(const Directory& directory, Stats& stats) {
    const auto text = text_if_there(directory, "cpu.stat");
    if (!text) return;
    const auto counts = parse_counters(*text);
    stats.cpu.throttling = unless_zero(Throttling{.periods = counter(counts, "nr_periods"),
                                                  .throttled_periods = counter(counts, "nr_throttled"),
                                                  .throttled_time = counter(counts, "throttled_time")});
}

}  // namespace

extern const Meter kCpuMeter{.controller = "cpu", .read = read};

}  // namespace runcxx::cgroups::v1
