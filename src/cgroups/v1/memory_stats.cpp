// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "cgroups/meter.h"
#include "cgroups/processes.h"
#include "cgroups/stat_text.h"

namespace runcxx::cgroups::v1 {
namespace {

// The four files of one resource: "memory", "memory.memsw", ...
std::optional<MemoryEntry> read_entry(const Directory& directory, const char* resource) {
    const auto number = [&](const char* what) {
        return number_if_there(directory, fmt::format("{}.{}", resource, what));
    };
    const auto usage = number("usage_in_bytes");
    if (!usage) return std::nullopt;  // not counted by this kernel
    return unless_zero(MemoryEntry{.limit = number("limit_in_bytes").value_or(0),
                                   .usage = *usage,
                                   .max = number("max_usage_in_bytes").value_or(0),
                                   .failcnt = number("failcnt").value_or(0)});
}

void read(const Directory& directory, Stats& stats) {
    const auto text = text_if_there(directory, "memory.stat");
    if (!text) return;
    auto& memory = stats.memory;
    memory.raw = parse_counters(*text);
    memory.cache = counter(memory.raw, "cache");
    memory.usage = read_entry(directory, "memory");
    memory.swap = read_entry(directory, "memory.memsw");
    memory.kernel = read_entry(directory, "memory.kmem");
    memory.kernel_tcp = read_entry(directory, "memory.kmem.tcp");
    // Linux 4.13. Without zeros, as on v2.
    if (const auto control = text_if_there(directory, "memory.oom_control"))
        if (const auto kills = value_of(*control, "oom_kill").value_or(0); kills != 0)
            memory.events["oom_kill"] = kills;
}

}  // namespace

extern const Meter kMemoryMeter{.controller = "memory", .read = read};

}  // namespace runcxx::cgroups::v1
