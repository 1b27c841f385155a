// SPDX-License-Identifier: Apache-2.0
#include "config/update.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "config/invalid_config.h"
#include "config/numbers.h"

namespace runcxx::config {
namespace {

std::uint16_t parse_weight(std::string_view text) {
    const auto weight = parse_int64(text);
    // Go would cut off the upper bits.
    if (weight < 0 || weight > std::numeric_limits<std::uint16_t>::max())
        throw invalid("{} is out of range (10 to 1000)", weight);
    return static_cast<std::uint16_t>(weight);
}

struct FlagRow {
    std::string_view name;
    void (*store)(oci::Resources& resources, std::string_view text);
};

constexpr FlagRow kFlags[] = {
    {"blkio-weight", [](auto& r, auto text) { r.block_io.weight = parse_weight(text); }},
    {"cpu-burst", [](auto& r, auto text) { r.cpu.burst = parse_uint64(text); }},
    {"cpu-idle", [](auto& r, auto text) { r.cpu.idle = parse_int64(text); }},
    {"cpu-period", [](auto& r, auto text) { r.cpu.period = parse_uint64(text); }},
    {"cpu-quota", [](auto& r, auto text) { r.cpu.quota = parse_int64(text); }},
    {"cpu-rt-period", [](auto& r, auto text) { r.cpu.realtime_period = parse_uint64(text); }},
    {"cpu-rt-runtime", [](auto& r, auto text) { r.cpu.realtime_runtime = parse_int64(text); }},
    {"cpu-share", [](auto& r, auto text) { r.cpu.shares = parse_uint64(text); }},
    {"cpuset-cpus", [](auto& r, auto text) { r.cpu.cpus = text; }},
    {"cpuset-mems", [](auto& r, auto text) { r.cpu.mems = text; }},
    {"kernel-memory", [](auto& r, auto text) { r.memory.kernel = parse_size(text); }},
    {"kernel-memory-tcp", [](auto& r, auto text) { r.memory.kernel_tcp = parse_size(text); }},
    {"memory", [](auto& r, auto text) { r.memory.limit = parse_size(text); }},
    {"memory-reservation", [](auto& r, auto text) { r.memory.reservation = parse_size(text); }},
    {"memory-swap", [](auto& r, auto text) { r.memory.swap = parse_size(text); }},
    {"pids-limit", [](auto& r, auto text) { r.pids.limit = parse_int64(text); }},
};

template <class T>
void take(std::optional<T>& value, const std::optional<T>& named) {
    if (named) value = named;
}

bool is_set(const auto& number) {
    return number.value_or(0) != 0;
}

// A half that is not named stays; neither named: both are forgotten, as in runc.
void merge_bandwidth(oci::Cpu& cpu, const oci::Cpu& named) {
    const bool both_or_none = is_set(named.quota) == is_set(named.period);
    if (both_or_none || is_set(named.quota)) cpu.quota = named.quota;
    if (both_or_none || is_set(named.period)) cpu.period = named.period;
}

void merge_cpu(oci::Cpu& cpu, const oci::Cpu& named) {
    merge_bandwidth(cpu, named);
    take(cpu.shares, named.shares);
    take(cpu.realtime_runtime, named.realtime_runtime);
    take(cpu.realtime_period, named.realtime_period);
    cpu.burst = named.burst;
    cpu.idle = named.idle;
    cpu.cpus = named.cpus;
    cpu.mems = named.mems;
}

void merge_memory(oci::Memory& memory, const oci::Memory& named) {
    take(memory.limit, named.limit);
    take(memory.reservation, named.reservation);
    take(memory.swap, named.swap);
    take(memory.swappiness, named.swappiness);
    take(memory.disable_oom_killer, named.disable_oom_killer);
    memory.check_before_update = named.check_before_update;
}

void take_values(oci::ThrottleDevice& device, const oci::ThrottleDevice& named) {
    device.rate = named.rate;
}
void take_values(oci::WeightDevice& device, const oci::WeightDevice& named) {
    take(device.weight, named.weight);
    take(device.leaf_weight, named.leaf_weight);
}

template <class Device>
void merge_devices(std::vector<Device>& devices, const std::vector<Device>& named) {
    for (const auto& change : named) {
        // Of two entries for one device the last was the one that counted.
        const auto found = std::find_if(devices.rbegin(), devices.rend(), [&](const Device& device) {
            return device.major == change.major && device.minor == change.minor;
        });
        if (found == devices.rend())
            devices.push_back(change);
        else
            take_values(*found, change);
    }
}

void merge_block_io(oci::BlockIo& io, const oci::BlockIo& named) {
    take(io.weight, named.weight);
    take(io.leaf_weight, named.leaf_weight);
    merge_devices(io.weight_device, named.weight_device);
    merge_devices(io.throttle_read_bps_device, named.throttle_read_bps_device);
    merge_devices(io.throttle_write_bps_device, named.throttle_write_bps_device);
    merge_devices(io.throttle_read_iops_device, named.throttle_read_iops_device);
    merge_devices(io.throttle_write_iops_device, named.throttle_write_iops_device);
}

void merge_hugepages(std::vector<oci::HugepageLimit>& limits, const std::vector<oci::HugepageLimit>& named) {
    for (const auto& change : named) {
        std::erase_if(limits, [&](const auto& limit) { return limit.page_size == change.page_size; });
        limits.push_back(change);
    }
}

}  // namespace

oci::Resources resources_of_flags(std::span<const ResourceFlag> flags) {
    oci::Resources resources;
    for (const auto& flag : flags) {
        const auto* row = std::ranges::find(kFlags, flag.name, &FlagRow::name);
        if (row == std::end(kFlags)) throw Error(fmt::format("no resource option {}", flag.name));
        if (flag.value.empty()) continue;
        try {
            row->store(resources, flag.value);
        } catch (Error& error) {
            error.add_context(fmt::format("invalid value for {}", flag.name));
            throw;
        }
    }
    return resources;
}

void complete_update(oci::Resources& named) {
    if (named.memory.limit == -1 && !named.memory.swap) named.memory.swap = 0;
    if (named.cpu.idle && !named.cpu.shares) named.cpu.shares = 0;
}

oci::Resources merge_resources(const oci::Resources& before, const oci::Resources& named) {
    auto resources = before;
    merge_cpu(resources.cpu, named.cpu);
    merge_memory(resources.memory, named.memory);
    merge_block_io(resources.block_io, named.block_io);
    merge_hugepages(resources.hugepage_limits, named.hugepage_limits);
    resources.pids = named.pids;
    resources.unified = named.unified;
    take(resources.network.class_id, named.network.class_id);
    if (!named.network.priorities.empty()) resources.network.priorities = named.network.priorities;
    for (const auto& [device, limits] : named.rdma)
        resources.rdma[device] = limits;
    return resources;
}

}  // namespace runcxx::config
