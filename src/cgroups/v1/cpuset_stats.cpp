// SPDX-License-Identifier: Apache-2.0
#include "base/numbers.h"
#include "base/text.h"
#include "cgroups/meter.h"
#include "cgroups/stat_text.h"

namespace runcxx::cgroups::v1 {
namespace {

void read(const Directory& directory, Stats& stats) {
    const auto text = [&](const char* name) { return text_if_there(directory, name).value_or(""); };
    const auto number = [&](const char* name) { return number_if_there(directory, name).value_or(0); };
    auto& cpuset = stats.cpuset;
    cpuset.cpus = parse_number_list(text("cpuset.cpus"));
    cpuset.cpu_exclusive = number("cpuset.cpu_exclusive");
    cpuset.mems = parse_number_list(text("cpuset.mems"));
    cpuset.mem_hardwall = number("cpuset.mem_hardwall");
    cpuset.mem_exclusive = number("cpuset.mem_exclusive");
    cpuset.memory_migrate = number("cpuset.memory_migrate");
    cpuset.memory_spread_page = number("cpuset.memory_spread_page");
    cpuset.memory_spread_slab = number("cpuset.memory_spread_slab");
    cpuset.memory_pressure = number("cpuset.memory_pressure");
    cpuset.sched_load_balance = number("cpuset.sched_load_balance");
    cpuset.sched_relax_domain_level =
        parse_number<std::int64_t>(trim(text("cpuset.sched_relax_domain_level"))).value_or(0);
}

}  // namespace

extern const Meter kCpusetMeter{.controller = "cpuset", .read = read};

}  // namespace runcxx::cgroups::v1
