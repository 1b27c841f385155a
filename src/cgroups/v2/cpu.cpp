// SPDX-License-Identifier: Apache-2.0
#include <cerrno>

#include <fmt/core.h>

#include "base/text.h"
#include "cgroups/controller.h"
#include "cgroups/v2/conversions.h"

namespace runcxx::cgroups::v2 {
namespace {

bool wants(const oci::Resources& resources) {
    const auto& cpu = resources.cpu;
    return cpu.shares.value_or(0) != 0 || cpu.quota.value_or(0) != 0 || cpu.period.value_or(0) != 0 ||
           cpu.idle || cpu.burst;
}

// "QUOTA PERIOD". A half that is not given stays what it is: the kernel keeps the period of a text without
// one, the quota has to be read.
std::string cpu_max(const Directory& directory, const oci::Cpu& cpu, bool is_new) {
    std::string quota = "max";
    if (cpu.quota.value_or(0) > 0) {
        quota = std::to_string(*cpu.quota);
    } else if (cpu.quota.value_or(0) == 0 && !is_new) {
        const auto now = directory.read("cpu.max");
        quota = trim(std::string_view(now).substr(0, now.find(' ')));
    }
    return cpu.period.value_or(0) != 0 ? fmt::format("{} {}", quota, *cpu.period) : quota;
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation& situation) {
    const auto& cpu = resources.cpu;
    // An idle group takes no weight, and becoming idle drops it.
    const auto weight = weight_of_shares(cpu.shares.value_or(0));
    if (cpu.idle && (*cpu.idle == 0 || weight != 0)) directory.write("cpu.idle", "0");
    if (weight != 0) directory.write("cpu.weight", std::to_string(weight));
    if (cpu.idle.value_or(0) != 0) directory.write("cpu.idle", std::to_string(*cpu.idle));

    const bool sets_max = cpu.quota.value_or(0) != 0 || cpu.period.value_or(0) != 0;
    std::string late_burst;
    if (cpu.burst) {
        auto text = std::to_string(*cpu.burst);
        // The burst must not exceed the quota: refused now, it may fit the quota that follows.
        const int failure = directory.try_write("cpu.max.burst", text);
        if (failure == EINVAL && cpu.quota.value_or(0) != 0)
            late_burst = std::move(text);
        else if (failure != 0)
            throw directory.write_error("cpu.max.burst", text, failure);
    }
    if (sets_max) directory.write("cpu.max", cpu_max(directory, cpu, situation.is_new));
    if (!late_burst.empty()) directory.write("cpu.max.burst", late_burst);
}

}  // namespace

extern const Controller kCpu{.name = "cpu", .wants = wants, .apply = apply, .is_domain = true};

}  // namespace runcxx::cgroups::v2
