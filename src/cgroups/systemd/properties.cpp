// SPDX-License-Identifier: Apache-2.0
#include "cgroups/systemd/properties.h"

#include <algorithm>
#include <limits>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/numbers.h"
#include "base/text.h"
#include "cgroups/limit_text.h"
#include "cgroups/v2/conversions.h"
#include "config/cpu_list.h"
#include "config/resolve.h"

namespace runcxx::cgroups::systemd {
namespace {

// systemd's USEC_INFINITY and CGROUP_LIMIT_MAX.
constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kDefaultPeriodUs = 100'000;
constexpr std::uint64_t kPercentUs = 10'000;  // of a second

// The versions of systemd (NEWS) that brought a property, or a value of one.
constexpr unsigned kCpuQuotaPeriod = 242;
constexpr unsigned kAllowedCpus = 244;
constexpr unsigned kCpuWeightIdle = 252;
constexpr unsigned kScopeOomPolicy = 253;

std::uint64_t limit_of(std::int64_t value) {
    return value < 0 ? kUnlimited : static_cast<std::uint64_t>(value);
}

// Little-endian, without the zeros at the end.
dbus::Value bit_mask(std::string_view list, std::string_view name) {
    std::vector<std::uint8_t> bytes;
    try {
        for (const auto word : config::parse_cpu_list(list))
            for (int shift = 0; shift < 64; shift += 8)
                bytes.push_back(static_cast<std::uint8_t>(word >> shift));
    } catch (const Error& error) {
        throw Error(Error::Kind::InvalidConfig,
                    fmt::format("{}={} conversion error: {}", name, quoted(list), error.message()));
    }
    while (!bytes.empty() && bytes.back() == 0)
        bytes.pop_back();
    return dbus::bytes(bytes);
}

class Builder {
public:
    explicit Builder(const Dialect& dialect) : dialect_(dialect) {}

    void add(std::string name, dbus::Value value) { list_.push_back({std::move(name), std::move(value)}); }
    void add(std::string name, std::uint64_t value) { add(std::move(name), dbus::uint64(value)); }
    // Where systemd has no word for it yet, the files of the cgroup are all there is.
    void add_since(unsigned version, std::string name, dbus::Value value) {
        if (dialect_.version >= version) return add(std::move(name), std::move(value));
        log::debug("systemd {} has no {}: only written to the cgroup", dialect_.version, name);
    }

    void memory(const oci::Memory& memory) {
        const auto limit = memory.limit.value_or(0);
        if (!dialect_.unified) {
            if (limit != 0) add("MemoryLimit", limit_of(limit));
            return;
        }
        if (limit != 0) add("MemoryMax", limit_of(limit));
        if (memory.reservation.value_or(0) != 0) add("MemoryLow", limit_of(*memory.reservation));
        if (const auto swap = config::swap_limit_v2(memory)) add("MemorySwapMax", limit_of(*swap));
    }

    void cpu(oci::Cpu& cpu) {
        const auto shares = cpu.shares.value_or(0);
        if (!dialect_.unified) {
            if (shares != 0) add("CPUShares", shares);
        } else {
            weight(cpu.idle == 1, v2::weight_of_shares(shares));
        }
        auto quota = cpu.quota.value_or(0);
        const auto period = cpu.period.value_or(0);
        if (quota != 0 || period != 0) {
            quota_and_period(quota, period);
            if (cpu.quota) cpu.quota = quota;
        }
        if (!cpu.cpus.empty())
            add_since(kAllowedCpus, "AllowedCPUs", bit_mask(cpu.cpus, "resources.CPU.Cpus"));
        if (!cpu.mems.empty())
            add_since(kAllowedCpus, "AllowedMemoryNodes", bit_mask(cpu.mems, "resources.CPU.Mems"));
    }

    void pids(std::int64_t limit) { add("TasksMax", limit == 0 ? 1 : limit_of(limit)); }

    void block_io(const oci::BlockIo& io) {
        if (!dialect_.unified) {
            if (io.weight.value_or(0) != 0) add("BlockIOWeight", *io.weight);
            return;
        }
        if (io.weight.value_or(0) != 0) add("IOWeight", v2::io_weight_of_blkio(*io.weight));
        device_limits("IOReadBandwidthMax", io.throttle_read_bps_device);
        device_limits("IOWriteBandwidthMax", io.throttle_write_bps_device);
        device_limits("IOReadIOPSMax", io.throttle_read_iops_device);
        device_limits("IOWriteIOPSMax", io.throttle_write_iops_device);
    }

    // Files of cgroup v2 that systemd writes itself, and so would write over.
    void unified(const oci::StringMap& files) {
        const auto idle = files.find("cpu.idle");
        const bool is_idle =
            idle != files.end() && trim(idle->second) == "1" && dialect_.version >= kCpuWeightIdle;
        for (const auto& [name, text] : files) {
            const auto value = trim(text);
            if (name == "cpu.idle") {
                if (is_idle) add("CPUWeight", 0);
            } else if (name == "cpu.weight") {
                weight(is_idle, number(name, value));
            } else if (name == "cpu.max") {
                cpu_max(name, value);
            } else if (name == "cpuset.cpus" || name == "cpuset.mems") {
                add_since(kAllowedCpus, name == "cpuset.cpus" ? "AllowedCPUs" : "AllowedMemoryNodes",
                          bit_mask(value, fmt::format("unified resource {}", quoted(name))));
            } else if (name == "pids.max") {
                add("TasksMax", std::max<std::uint64_t>(limit(name, value), 1));
            } else if (const auto property = find_value(kMemoryFiles, name)) {
                add(std::string(*property), limit(name, value));
            }
        }
    }

    Properties take() { return std::move(list_); }

private:
    static constexpr Named<std::string_view> kMemoryFiles[] = {
        {"memory.high", "MemoryHigh"}, {"memory.low", "MemoryLow"},          {"memory.max", "MemoryMax"},
        {"memory.min", "MemoryMin"},   {"memory.swap.max", "MemorySwapMax"},
    };

    static std::uint64_t number(std::string_view file, std::string_view value) {
        if (const auto number = parse_number<std::uint64_t>(value)) return *number;
        throw Error(Error::Kind::InvalidConfig,
                    fmt::format("unified resource {} value conversion error: {} is no number", quoted(file),
                                quoted(value)));
    }
    static std::uint64_t limit(std::string_view file, std::string_view value) {
        return value == "max" ? kUnlimited : number(file, value);
    }

    // An idle group has no weight: weight 0 is how systemd says that it is idle.
    void weight(bool is_idle, std::uint64_t weight) {
        const bool says_idle = is_idle && dialect_.version >= kCpuWeightIdle;
        if (says_idle && weight != 0)
            log::warning("unable to apply both CPUWeight and CpuIdle to systemd, ignoring CPUWeight");
        if (says_idle || weight != 0) add("CPUWeight", says_idle ? 0 : weight);
    }

    // "QUOTA PERIOD" or "QUOTA".
    void cpu_max(const std::string& file, std::string_view value) {
        const auto space = value.find(' ');
        const auto quota_text = value.substr(0, space);
        const auto period_text = space == value.npos ? std::string_view() : trim(value.substr(space));
        const auto period = period_text.empty() ? kDefaultPeriodUs : number(file, period_text);
        auto quota = quota_text == "max" ? -1 : static_cast<std::int64_t>(number(file, quota_text));
        quota_and_period(quota, period);
    }

    void quota_and_period(std::int64_t& quota, std::uint64_t period) {
        if (period != 0) add_since(kCpuQuotaPeriod, "CPUQuotaPeriodUSec", dbus::uint64(period));
        if (period == 0) period = kDefaultPeriodUs;
        std::uint64_t per_second = kUnlimited;
        if (quota > 0 && static_cast<std::uint64_t>(quota) < kUnlimited / 1'000'000) {
            per_second = static_cast<std::uint64_t>(quota) * 1'000'000 / period;
            if (per_second % kPercentUs != 0) {
                per_second = (per_second / kPercentUs + 1) * kPercentUs;
                quota = static_cast<std::int64_t>(per_second * period / 1'000'000);
            }
        }
        add("CPUQuotaPerSecUSec", per_second);
    }

    void device_limits(const char* name, const std::vector<oci::ThrottleDevice>& devices) {
        if (devices.empty()) return;
        std::vector<dbus::Value> rows;
        for (const auto& device : devices)
            rows.push_back(
                dbus::structure({dbus::string(fmt::format("/dev/block/{}:{}", device.major, device.minor)),
                                 dbus::uint64(device.rate)}));
        add(name, dbus::array("(st)", std::move(rows)));
    }

    const Dialect& dialect_;
    Properties list_;
};

}  // namespace

Properties unit_properties(const config::SystemdUnit& unit, const std::string& slice,
                           const oci::Resources& resources, const Dialect& dialect) {
    Builder builder(dialect);
    builder.add("Description", dbus::string(unit.description));
    if (unit.is_slice()) {
        // Its name says where it is.
        builder.add("Wants", dbus::strings({slice}));
    } else {
        builder.add("Slice", dbus::string(slice));
        builder.add("Delegate", dbus::boolean(true));
    }
    for (const auto* accounting : {"MemoryAccounting", "CPUAccounting",
                                   dialect.unified ? "IOAccounting" : "BlockIOAccounting", "TasksAccounting"})
        builder.add(accounting, dbus::boolean(true));
    builder.add("DefaultDependencies", dbus::boolean(false));
    // Cannot be changed later, other than the file.
    if (const auto group = resources.unified.find("memory.oom.group"); group != resources.unified.end()) {
        const auto value = trim(group->second);
        if (!unit.is_slice() && (value == "0" || value == "1"))
            builder.add_since(kScopeOomPolicy, "OOMPolicy", dbus::string(value == "1" ? "kill" : "continue"));
    }
    for (const auto& [name, value] : unit.properties)
        builder.add(name, value);
    return builder.take();
}

Properties resource_properties(oci::Resources& resources, const Dialect& dialect) {
    Builder builder(dialect);
    builder.memory(resources.memory);
    builder.cpu(resources.cpu);
    if (resources.pids.limit) builder.pids(*resources.pids.limit);
    builder.block_io(resources.block_io);
    if (dialect.unified) builder.unified(resources.unified);
    return builder.take();
}

Properties restoring_properties(const Properties& changed, const Properties& before) {
    Properties restoring;
    for (const auto& [name, value] : changed) {
        const auto has_name = [&, &wanted = name](const auto& property) { return property.name == wanted; };
        if (std::ranges::any_of(restoring, has_name)) continue;
        const auto old = std::ranges::find_if(before, has_name);
        if (old != before.end()) {
            restoring.push_back(*old);
            continue;
        }
        // Lists are empty, limits (and a weight, as "not set") at their maximum, protection is none.
        auto initial = value;
        initial.items.clear();
        if (value.type == "t") initial.number = name == "MemoryLow" || name == "MemoryMin" ? 0 : kUnlimited;
        restoring.push_back({name, initial});
    }
    return restoring;
}

}  // namespace runcxx::cgroups::systemd
