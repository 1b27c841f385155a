// SPDX-License-Identifier: Apache-2.0
// memory.limit_in_bytes must never exceed memory.memsw.limit_in_bytes, so which of the two is written first
// depends on where they stand (Documentation/admin-guide/cgroup-v1/memory.rst).
#include <cerrno>

#include <fmt/core.h>

#include "cgroups/controller.h"

namespace runcxx::cgroups::v1 {
namespace {

constexpr auto kLimit = "memory.limit_in_bytes";
constexpr auto kSwapLimit = "memory.memsw.limit_in_bytes";

bool wants(const oci::Resources& resources) {
    const auto& memory = resources.memory;
    return memory.limit.value_or(0) != 0 || memory.swap.value_or(0) != 0 ||
           memory.reservation.value_or(0) != 0 || memory.disable_oom_killer || memory.swappiness;
}

// EINVAL is how the kernel says that the two would change places.
Error refused(const Directory& directory, const char* name, const std::string& text, int failure) {
    auto error = directory.write_error(name, text, failure);
    if (failure != EINVAL || !directory.has(kSwapLimit)) return error;
    return {error.kind(),
            fmt::format("{} (the memory limit, now {}, must not exceed the memory+swap limit, now {})",
                        error.message(), directory.read_number(kLimit), directory.read_number(kSwapLimit)),
            failure};
}

// More is in use already.
Error limit_in_use(const Directory& directory, std::int64_t limit, bool is_new, int failure) {
    const auto peak = directory.read_number("memory.max_usage_in_bytes");
    Error error(Error::Kind::Failure,
                fmt::format("unable to set memory limit to {} (current usage: {}, peak usage: {})", limit,
                            directory.read_number("memory.usage_in_bytes"), peak),
                failure);
    // Nothing but init is inside yet.
    if (is_new) error.add_hint(fmt::format("memory limit {} is below the ~{} needed to start", limit, peak));
    return error;
}

void set_limit(const Directory& directory, std::int64_t limit, bool is_new) {
    if (limit == 0) return;
    const auto text = std::to_string(limit);
    const int failure = directory.try_write(kLimit, text);
    if (failure == 0) return;
    if (failure != EBUSY) throw refused(directory, kLimit, text, failure);
    throw limit_in_use(directory, limit, is_new, failure);
}

void set_swap(const Directory& directory, std::int64_t swap) {
    if (swap == 0) return;
    const auto text = std::to_string(swap);
    if (const int failure = directory.try_write(kSwapLimit, text))
        throw refused(directory, kSwapLimit, text, failure);
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation& situation) {
    const auto& memory = resources.memory;
    const auto limit = memory.limit.value_or(0);
    auto swap = memory.swap.value_or(0);
    // Unlimited memory includes swap, where the kernel counts swap.
    if (limit == -1 && swap == 0 && directory.has(kSwapLimit)) swap = -1;

    const bool raises_swap_first =
        limit != 0 && swap != 0 &&
        (swap == -1 ||
         (!situation.is_new && directory.read_number(kLimit) < static_cast<std::uint64_t>(swap)));
    if (raises_swap_first) set_swap(directory, swap);
    set_limit(directory, limit, situation.is_new);
    if (!raises_swap_first) set_swap(directory, swap);

    if (memory.reservation.value_or(0) != 0)
        directory.write("memory.soft_limit_in_bytes", std::to_string(*memory.reservation));
    if (memory.disable_oom_killer)
        directory.write("memory.oom_control", *memory.disable_oom_killer ? "1" : "0");
    // -1 in an unsigned field: callers that mean "unchanged".
    if (memory.swappiness && *memory.swappiness != ~std::uint64_t{0}) {
        if (*memory.swappiness > 100)
            throw Error(fmt::format("invalid memory swappiness value: {} (valid range is 0-100)",
                                    *memory.swappiness));
        directory.write("memory.swappiness", std::to_string(*memory.swappiness));
    }
}

}  // namespace

extern const Controller kMemory{.name = "memory", .wants = wants, .apply = apply};

}  // namespace runcxx::cgroups::v1
