// SPDX-License-Identifier: Apache-2.0
// What a container uses, as its cgroups count it, in the layout of `runc events` (docs/compatibility.md lists what
// is added to that). Times are in nanoseconds, sizes in bytes. What is optional is absent when the host does not
// count it. Runs in: runtime. Pure data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "oci/fields.h"

namespace runcxx::cgroups {

struct CpuUsage {
    std::uint64_t total = 0;
    std::vector<std::uint64_t> percpu, percpu_kernel, percpu_user;  // v1
    std::uint64_t kernel = 0;
    std::uint64_t user = 0;

    bool operator==(const CpuUsage&) const = default;
};

struct Throttling {
    std::uint64_t periods = 0;
    std::uint64_t throttled_periods = 0;
    std::uint64_t throttled_time = 0;

    bool operator==(const Throttling&) const = default;
};

// Pressure stall information (Documentation/accounting/psi.rst): percent of time over so many seconds, and
// microseconds in all.
struct PressureLine {
    double avg10 = 0, avg60 = 0, avg300 = 0;
    std::uint64_t total = 0;

    bool operator==(const PressureLine&) const = default;
};
struct Pressure {
    std::optional<PressureLine> some, full;

    bool operator==(const Pressure&) const = default;
};

struct CpuStats {
    std::optional<CpuUsage> usage;
    std::optional<Throttling> throttling;
    std::optional<Pressure> psi;
};

struct CpusetStats {  // v1
    std::vector<std::uint16_t> cpus;
    std::uint64_t cpu_exclusive = 0;
    std::vector<std::uint16_t> mems;
    std::uint64_t mem_hardwall = 0;
    std::uint64_t mem_exclusive = 0;
    std::uint64_t memory_migrate = 0;
    std::uint64_t memory_spread_page = 0;
    std::uint64_t memory_spread_slab = 0;
    std::uint64_t memory_pressure = 0;
    std::uint64_t sched_load_balance = 0;
    std::int64_t sched_relax_domain_level = 0;
};

struct MemoryEntry {
    std::uint64_t limit = 0;  // all bits: none
    std::uint64_t usage = 0;
    std::uint64_t max = 0;
    std::uint64_t failcnt = 0;

    bool operator==(const MemoryEntry&) const = default;
};

using Counters = std::map<std::string, std::uint64_t>;

struct MemoryStats {
    std::uint64_t cache = 0;
    std::optional<MemoryEntry> usage;
    std::optional<MemoryEntry> swap;  // memory and swap together
    std::optional<MemoryEntry> kernel;
    std::optional<MemoryEntry> kernel_tcp;
    Counters raw;  // memory.stat
    std::optional<Pressure> psi;
    // memory.events, and what of it was this cgroup's own limit, without zeros; v1: OOM kills only.
    Counters events;
    Counters events_local;
};

struct PidsStats {
    std::uint64_t current = 0;
    std::uint64_t limit = 0;  // 0: none
    std::uint64_t peak = 0;
};

struct BlkioEntry {
    std::uint64_t major = 0;
    std::uint64_t minor = 0;
    std::string op;
    std::uint64_t value = 0;

    bool operator==(const BlkioEntry&) const = default;
};
using BlkioEntries = std::vector<BlkioEntry>;

struct BlkioStats {
    BlkioEntries io_service_bytes;
    BlkioEntries io_serviced;
    BlkioEntries io_queued;
    BlkioEntries io_service_time;
    BlkioEntries io_wait_time;
    BlkioEntries io_merged;
    BlkioEntries io_time;
    BlkioEntries sectors;
    std::optional<Pressure> psi;
};

struct HugetlbStats {
    std::uint64_t usage = 0;
    std::uint64_t max = 0;
    std::uint64_t failcnt = 0;

    bool operator==(const HugetlbStats&) const = default;
};

struct Stats {
    CpuStats cpu;
    CpusetStats cpuset;
    MemoryStats memory;
    PidsStats pids;
    BlkioStats blkio;
    std::map<std::string, HugetlbStats> hugetlb;  // by page size: "2MB"
};

// What is all zero is left out of the output as a whole.
template <class T>
std::optional<T> unless_zero(T value) {
    if (value == T{}) return std::nullopt;
    return value;
}

template <oci::FieldsOf<CpuUsage> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("total", self.total);
    v("percpu", self.percpu);
    v("percpu_kernel", self.percpu_kernel);
    v("percpu_user", self.percpu_user);
    v(oci::always("kernel"), self.kernel);
    v(oci::always("user"), self.user);
}

template <oci::FieldsOf<Throttling> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("periods", self.periods);
    v("throttledPeriods", self.throttled_periods);
    v("throttledTime", self.throttled_time);
}

template <oci::FieldsOf<PressureLine> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(oci::always("avg10"), self.avg10);
    v(oci::always("avg60"), self.avg60);
    v(oci::always("avg300"), self.avg300);
    v(oci::always("total"), self.total);
}

template <oci::FieldsOf<Pressure> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("some", self.some);
    v("full", self.full);
}

template <oci::FieldsOf<CpuStats> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("usage", self.usage);
    v("throttling", self.throttling);
    v("psi", self.psi);
}

template <oci::FieldsOf<CpusetStats> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("cpus", self.cpus);
    v(oci::always("cpu_exclusive"), self.cpu_exclusive);
    v("mems", self.mems);
    v(oci::always("mem_hardwall"), self.mem_hardwall);
    v(oci::always("mem_exclusive"), self.mem_exclusive);
    v(oci::always("memory_migrate"), self.memory_migrate);
    v(oci::always("memory_spread_page"), self.memory_spread_page);
    v(oci::always("memory_spread_slab"), self.memory_spread_slab);
    v(oci::always("memory_pressure"), self.memory_pressure);
    v(oci::always("sched_load_balance"), self.sched_load_balance);
    v(oci::always("sched_relax_domain_level"), self.sched_relax_domain_level);
}

template <oci::FieldsOf<MemoryEntry> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(oci::always("limit"), self.limit);
    v("usage", self.usage);
    v("max", self.max);
    v(oci::always("failcnt"), self.failcnt);
}

template <oci::FieldsOf<MemoryStats> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("cache", self.cache);
    v("usage", self.usage);
    v("swap", self.swap);
    v("kernel", self.kernel);
    v("kernelTCP", self.kernel_tcp);
    v("raw", self.raw);
    v("psi", self.psi);
    v("events", self.events);
    v("events_local", self.events_local);
}

template <oci::FieldsOf<PidsStats> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("current", self.current);
    v("limit", self.limit);
    v("peak", self.peak);
}

template <oci::FieldsOf<BlkioEntry> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("major", self.major);
    v("minor", self.minor);
    v("op", self.op);
    v("value", self.value);
}

template <oci::FieldsOf<BlkioStats> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("ioServiceBytesRecursive", self.io_service_bytes);
    v("ioServicedRecursive", self.io_serviced);
    v("ioQueueRecursive", self.io_queued);
    v("ioServiceTimeRecursive", self.io_service_time);
    v("ioWaitTimeRecursive", self.io_wait_time);
    v("ioMergedRecursive", self.io_merged);
    v("ioTimeRecursive", self.io_time);
    v("sectorsRecursive", self.sectors);
    v("psi", self.psi);
}

template <oci::FieldsOf<HugetlbStats> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("usage", self.usage);
    v("max", self.max);
    v(oci::always("failcnt"), self.failcnt);
}

template <oci::FieldsOf<Stats> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(oci::always("cpu"), self.cpu);
    v(oci::always("cpuset"), self.cpuset);
    v(oci::always("memory"), self.memory);
    v(oci::always("pids"), self.pids);
    v(oci::always("blkio"), self.blkio);
    v(oci::always("hugetlb"), self.hugetlb);
}

}  // namespace runcxx::cgroups
