// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <fmt/core.h>

#include "cgroups/meter.h"
#include "cgroups/stat_text.h"

namespace runcxx::cgroups::v2 {
namespace {

constexpr auto kUnlimited = std::numeric_limits<std::uint64_t>::max();

// "memory" or "memory.swap"; all zero when it is not counted.
MemoryEntry read_entry(const Directory& directory, const char* resource) {
    const auto number = [&](const char* what) {
        return number_if_there(directory, fmt::format("{}.{}", resource, what));
    };
    const auto usage = number("current");
    if (!usage) return {};
    return {.limit = number("max").value_or(0), .usage = *usage, .max = number("peak").value_or(0)};
}

// v1 counts memory and swap together. Their peaks do not add up.
MemoryEntry with_swap(const MemoryEntry& memory, MemoryEntry swap) {
    swap.usage += memory.usage;
    swap.limit =
        swap.limit == kUnlimited || memory.limit == kUnlimited ? kUnlimited : swap.limit + memory.limit;
    swap.max = 0;
    return swap;
}

// Without zeros: who looks through the stream for "oom" means that there was one.
Counters read_events(const Directory& directory, const char* name) {
    const auto text = text_if_there(directory, name);
    auto events = text ? parse_counters(*text) : Counters();
    std::erase_if(events, [](const auto& event) { return event.second == 0; });
    return events;
}

void read(const Directory& directory, Stats& stats) {
    const auto text = text_if_there(directory, "memory.stat");
    if (!text) return;
    auto& memory = stats.memory;
    memory.raw = parse_counters(*text);
    memory.cache = counter(memory.raw, "file");
    const auto usage = read_entry(directory, "memory");
    memory.usage = unless_zero(usage);
    memory.swap = unless_zero(with_swap(usage, read_entry(directory, "memory.swap")));
    memory.events = read_events(directory, "memory.events");
    memory.events_local = read_events(directory, "memory.events.local");
}

}  // namespace

extern const Meter kMemoryMeter{.controller = "memory", .read = read};

}  // namespace runcxx::cgroups::v2
