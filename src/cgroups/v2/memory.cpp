// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v2/memory.h"

#include <cerrno>

#include <fmt/core.h>

#include "base/numbers.h"
#include "base/text.h"
#include "cgroups/controller.h"
#include "cgroups/v2/conversions.h"

namespace runcxx::cgroups::v2 {
namespace {

bool wants(const oci::Resources& resources) {
    const auto& memory = resources.memory;
    return memory.limit.value_or(0) != 0 || memory.swap.value_or(0) != 0 ||
           memory.reservation.value_or(0) != 0;
}

// memory.swap.max is the difference of two limits. An update that names one of them moves it as well: the other
// is what it was.
std::optional<std::string> swap_max_of(oci::Memory memory, const oci::Resources* in_force) {
    if (memory.limit.value_or(0) == 0 && memory.swap.value_or(0) == 0) return std::nullopt;
    if (in_force != nullptr) {
        if (!memory.limit) memory.limit = in_force->memory.limit;
        // No limit stays none, whatever the memory limit is.
        if (!memory.swap && in_force->memory.swap.value_or(0) > 0) memory.swap = in_force->memory.swap;
    }
    return swap_max(memory);
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation& situation) {
    check_memory_usage(directory, resources.memory);
    if (const auto text = swap_max_of(resources.memory, situation.in_force)) {
        const int failure = directory.try_write("memory.swap.max", *text);
        // A kernel that does not count swap: "no limit" and "no swap" hold without the file.
        const bool may_be_missing = *text == "max" || *text == "0";
        if (failure != 0 && !(failure == ENOENT && may_be_missing))
            throw directory.write_error("memory.swap.max", *text, failure);
    }
    if (const auto text = memory_value(resources.memory.limit.value_or(0)))
        directory.write("memory.max", *text);
    if (const auto text = memory_value(resources.memory.reservation.value_or(0)))
        directory.write("memory.low", *text);
}

}  // namespace

void check_memory_usage(const Directory& directory, const oci::Memory& memory) {
    const auto limit = memory.limit.value_or(0);
    const auto swap = memory.swap.value_or(0);
    if (!memory.check_before_update.value_or(false) || (limit <= 0 && swap <= 0)) return;
    const auto text = directory.try_read("memory.current");
    const auto usage = text ? parse_number<std::uint64_t>(trim(*text)) : std::nullopt;
    if (!usage) return;
    if (swap > 0 && static_cast<std::uint64_t>(swap) <= *usage)
        throw Error(fmt::format("rejecting memory+swap limit {} <= usage {}", swap, *usage));
    if (limit > 0 && static_cast<std::uint64_t>(limit) <= *usage)
        throw Error(fmt::format("rejecting memory limit {} <= usage {}", limit, *usage));
}

extern const Controller kMemory{.name = "memory", .wants = wants, .apply = apply, .is_domain = true};

}  // namespace runcxx::cgroups::v2
