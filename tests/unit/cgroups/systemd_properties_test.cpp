// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "cgroups/systemd/manager.h"
#include "cgroups/systemd/properties.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::cgroups::systemd;

namespace {

constexpr std::uint64_t kInfinity = ~std::uint64_t{0};
constexpr Dialect kV2{.version = 257, .unified = true};
constexpr Dialect kV1{.version = 252, .unified = false};

std::string text_of(const dbus::Value& value) {
    if (value.type == "s") return value.text;
    if (value.type == "t" && value.number == kInfinity) return "infinity";
    if (value.items.empty() && value.type.front() != 'a') return std::to_string(value.number);
    std::string all;
    for (const auto& item : value.items)
        all += (all.empty() ? "" : " ") + text_of(item);
    return "[" + all + "]";
}

// "MemoryMax t 4096; TasksMax t 5"
std::string text_of(const Properties& properties) {
    std::string all;
    for (const auto& [name, value] : properties)
        all += (all.empty() ? "" : "; ") + name + " " + value.type + " " + text_of(value);
    return all;
}

std::string properties_of(oci::Resources resources, const Dialect& dialect = kV2) {
    return text_of(resource_properties(resources, dialect));
}

oci::DeviceCgroup rule(bool allow, const std::string& type, std::optional<std::int64_t> major,
                       std::optional<std::int64_t> minor, const std::string& access = "rwm") {
    return {.allow = allow, .type = type, .major = major, .minor = minor, .access = access};
}

}  // namespace

TEST_CASE("systemd properties: memory", "[cgroups][systemd]") {
    oci::Resources r;
    CHECK(properties_of(r).empty());
    r.memory = {.limit = 4096, .reservation = 2048, .swap = 6144};
    CHECK(properties_of(r) == "MemoryMax t 4096; MemoryLow t 2048; MemorySwapMax t 2048");
    CHECK(properties_of(r, kV1) == "MemoryLimit t 4096");
    r.memory = {.limit = -1};
    CHECK(properties_of(r) == "MemoryMax t infinity; MemorySwapMax t infinity");
    r.memory = {.limit = 10, .swap = 5};
    CHECK_THROWS_WITH(properties_of(r), "memory+swap limit should be >= memory limit");
}

TEST_CASE("systemd properties: CPU weight, and idle in its place", "[cgroups][systemd]") {
    oci::Resources r;
    r.cpu.shares = 1024;
    CHECK(properties_of(r) == "CPUWeight t 100");
    CHECK(properties_of(r, kV1) == "CPUShares t 1024");
    r.cpu.idle = 0;
    CHECK(properties_of(r) == "CPUWeight t 100");
    r.cpu.idle = 1;
    CHECK(properties_of(r) == "CPUWeight t 0");
    CHECK(properties_of(r, {.version = 251, .unified = true}) == "CPUWeight t 100");
    r.cpu.shares = 0;
    CHECK(properties_of(r, {.version = 251, .unified = true}).empty());
}

TEST_CASE("systemd properties: a CPU quota is rounded up to a percent, for the files as well",
          "[cgroups][systemd]") {
    const auto quota = [](std::int64_t quota, std::optional<std::uint64_t> period, unsigned version = 257) {
        oci::Resources r;
        r.cpu.quota = quota;
        r.cpu.period = period;
        const auto properties = resource_properties(r, {.version = version, .unified = true});
        return text_of(properties) + " -> " + std::to_string(*r.cpu.quota);
    };
    CHECK(quota(50000, 100000) == "CPUQuotaPeriodUSec t 100000; CPUQuotaPerSecUSec t 500000 -> 50000");
    CHECK(quota(50000, {}) == "CPUQuotaPerSecUSec t 500000 -> 50000");
    CHECK(quota(33333, 100000) == "CPUQuotaPeriodUSec t 100000; CPUQuotaPerSecUSec t 340000 -> 34000");
    CHECK(quota(5000, 1000000) == "CPUQuotaPeriodUSec t 1000000; CPUQuotaPerSecUSec t 10000 -> 10000");
    CHECK(quota(-1, 100000) == "CPUQuotaPeriodUSec t 100000; CPUQuotaPerSecUSec t infinity -> -1");
    CHECK(quota(0, 100000) == "CPUQuotaPeriodUSec t 100000; CPUQuotaPerSecUSec t infinity -> 0");
    CHECK(quota(50000, 100000, 241) == "CPUQuotaPerSecUSec t 500000 -> 50000");
    CHECK(quota(std::int64_t{1} << 62, {}).starts_with("CPUQuotaPerSecUSec t infinity"));
    oci::Resources only_period;
    only_period.cpu.period = 50000;
    resource_properties(only_period, kV2);
    CHECK_FALSE(only_period.cpu.quota);
}

TEST_CASE("systemd properties: CPU and memory node lists become masks", "[cgroups][systemd]") {
    oci::Resources r;
    r.cpu.cpus = "0,2-3,9";
    r.cpu.mems = "1";
    CHECK(properties_of(r) == "AllowedCPUs ay [13 2]; AllowedMemoryNodes ay [2]");
    CHECK(properties_of(r, kV1) == "AllowedCPUs ay [13 2]; AllowedMemoryNodes ay [2]");
    CHECK(properties_of(r, {.version = 243, .unified = true}).empty());
    r.cpu.cpus = "x";
    CHECK_THROWS_WITH(properties_of(r), Catch::Contains("resources.CPU.Cpus=\"x\" conversion error: "));
}

TEST_CASE("systemd properties: processes and I/O", "[cgroups][systemd]") {
    const auto pids = [](std::int64_t limit) {
        oci::Resources r;
        r.pids.limit = limit;
        return properties_of(r);
    };
    CHECK(pids(32) == "TasksMax t 32");
    CHECK(pids(0) == "TasksMax t 1");
    CHECK(pids(-1) == "TasksMax t infinity");
    oci::Resources r;
    r.block_io.weight = 500;
    r.block_io.throttle_read_bps_device = {{.major = 8, .minor = 16, .rate = 1000}};
    r.block_io.throttle_write_iops_device = {{.major = 8, .minor = 0, .rate = 5},
                                             {.major = 8, .minor = 16, .rate = 6}};
    CHECK(properties_of(r) ==
          "IOWeight t 4950; IOReadBandwidthMax a(st) [[/dev/block/8:16 1000]]; "
          "IOWriteIOPSMax a(st) [[/dev/block/8:0 5] [/dev/block/8:16 6]]");
    CHECK(properties_of(r, kV1) == "BlockIOWeight t 500");
}

TEST_CASE("systemd properties: files of cgroup v2 that systemd writes itself", "[cgroups][systemd]") {
    const auto unified = [](oci::StringMap files, const Dialect& dialect = kV2) {
        oci::Resources r;
        r.unified = std::move(files);
        return properties_of(r, dialect);
    };
    CHECK(unified({{"memory.high", "100"},
                   {"memory.max", "max"},
                   {"memory.low", "1"},
                   {"memory.min", "2"},
                   {"memory.swap.max", "0"}}) ==
          "MemoryHigh t 100; MemoryLow t 1; MemoryMax t infinity; MemoryMin t 2; MemorySwapMax t 0");
    CHECK(unified({{"pids.max", "0\n"}}) == "TasksMax t 1");
    CHECK(unified({{"cpu.weight", " 7 "}}) == "CPUWeight t 7");
    CHECK(unified({{"cpu.weight", "7"}, {"cpu.idle", "1"}}) == "CPUWeight t 0; CPUWeight t 0");
    CHECK(unified({{"cpu.idle", "0"}}).empty());
    CHECK(unified({{"cpu.idle", "1"}}, {.version = 251, .unified = true}).empty());
    CHECK(unified({{"cpu.max", "20000 100000"}}) ==
          "CPUQuotaPeriodUSec t 100000; CPUQuotaPerSecUSec t 200000");
    CHECK(unified({{"cpu.max", "max"}}) == "CPUQuotaPeriodUSec t 100000; CPUQuotaPerSecUSec t infinity");
    CHECK(unified({{"cpuset.cpus", "0-1"}, {"cpuset.mems", "0"}}) ==
          "AllowedCPUs ay [3]; AllowedMemoryNodes ay [1]");
    CHECK(unified({{"hugetlb.2MB.max", "0"}, {"memory.oom.group", "1"}}).empty());
    CHECK_THROWS_WITH(unified({{"pids.max", "many"}}),
                      "unified resource \"pids.max\" value conversion error: \"many\" is no number");
}

TEST_CASE("systemd properties: a new unit", "[cgroups][systemd]") {
    config::SystemdUnit unit{.name = "runc-x.scope",
                             .description = "D",
                             .properties = {{"CollectMode", dbus::string("inactive")}}};
    CHECK(text_of(unit_properties(unit, "system.slice", {}, kV2)) ==
          "Description s D; Slice s system.slice; Delegate b 1; MemoryAccounting b 1; "
          "CPUAccounting b 1; IOAccounting b 1; TasksAccounting b 1; DefaultDependencies b 0; CollectMode s "
          "inactive");
    unit.properties.clear();
    CHECK_THAT(text_of(unit_properties(unit, "system.slice", {}, kV1)),
               Catch::Contains("BlockIOAccounting b 1") && !Catch::Contains("; IOAccounting"));
    oci::Resources oom;
    oom.unified["memory.oom.group"] = "1";
    CHECK_THAT(text_of(unit_properties(unit, "s.slice", oom, kV2)), Catch::Contains("OOMPolicy s kill"));
    CHECK_THAT(text_of(unit_properties(unit, "s.slice", oom, {.version = 252, .unified = true})),
               !Catch::Contains("OOMPolicy"));
    oom.unified["memory.oom.group"] = "0";
    CHECK_THAT(text_of(unit_properties(unit, "s.slice", oom, kV2)), Catch::Contains("OOMPolicy s continue"));
    unit.name = "a-b.slice";
    CHECK(text_of(unit_properties(unit, "a.slice", {}, kV2)) ==
          "Description s D; Wants as [a.slice]; MemoryAccounting b 1; CPUAccounting b 1; IOAccounting b 1; "
          "TasksAccounting b 1; DefaultDependencies b 0");
}

TEST_CASE("systemd properties: device rules are systemd's business on v1 only", "[cgroups][systemd]") {
    const std::vector<oci::DeviceCgroup> some{rule(false, "a", {}, {}), rule(true, "c", 1, 3),
                                              rule(true, "b", 8, 0, "r"), rule(true, "c", 136, {}),
                                              rule(true, "b", {}, {}, "m")};
    CHECK(text_of(device_properties(some, kV1)) ==
          "DevicePolicy s strict; DeviceAllow a(ss) [[block-* m] [/dev/char/1:3 rwm] [/dev/block/8:0 r] "
          "[char-136 rwm]]");
    CHECK(device_properties(some, kV2).empty());
    CHECK(text_of(device_properties({}, kV1)) == "DevicePolicy s strict; DeviceAllow a(ss) []");
    CHECK(text_of(device_properties({rule(true, "a", {}, {})}, kV1)) == "DevicePolicy s auto");
}

TEST_CASE("systemd properties: a device rule that it has no word for is left out, not widened",
          "[cgroups][systemd]") {
    CHECK(text_of(device_properties({rule(true, "c", {}, 5), rule(true, "c", 1, 3)}, kV1)) ==
          "DevicePolicy s strict; DeviceAllow a(ss) [[/dev/char/1:3 rwm]]");
    CHECK(text_of(device_properties({rule(true, "a", {}, {}), rule(false, "c", 1, 3)}, kV1)) ==
          "DevicePolicy s strict; DeviceAllow a(ss) []");
    CHECK(text_of(device_properties({rule(true, "c", 136, {})}, {.version = 239, .unified = false})) ==
          "DevicePolicy s strict; DeviceAllow a(ss) []");
    CHECK_THROWS_WITH(device_properties({rule(true, "c", 1, {}), rule(false, "c", 1, 3)}, kV1),
                      Catch::Contains("cannot punch hole"));
}

TEST_CASE("systemd properties: an update is taken back to what was, or to what a new unit has",
          "[cgroups][systemd]") {
    oci::Resources before, after;
    before.memory.limit = 4096;
    after.memory = {.limit = 8192, .reservation = 100};
    after.cpu = {.shares = 1024, .cpus = "0"};
    after.pids.limit = 5;
    after.block_io.throttle_read_bps_device = {{.major = 8, .minor = 0, .rate = 1}};
    CHECK(text_of(restoring_properties(resource_properties(after, kV2), resource_properties(before, kV2))) ==
          "MemoryMax t 4096; MemoryLow t 0; CPUWeight t infinity; AllowedCPUs ay []; TasksMax t infinity; "
          "IOReadBandwidthMax a(st) []");
}

TEST_CASE("systemd: where a unit is", "[cgroups][systemd]") {
    host::Facts v2;
    v2.cgroups = {.mode = host::CgroupMode::V2,
                  .hierarchies = {{{}, "/sys/fs/cgroup", "/user.slice/x.scope"}}};
    config::Cgroup cgroup{.driver = config::CgroupDriver::Systemd};
    cgroup.unit.name = "runc-c1.scope";
    auto paths = compute_unit_paths(cgroup, "c1", v2, "");
    CHECK(paths.by_controller.at("") == "/sys/fs/cgroup/system.slice/runc-c1.scope");
    CHECK(paths.unit == "runc-c1.scope");
    CHECK(paths.slice == "system.slice");
    CHECK(paths.driver == config::CgroupDriver::Systemd);
    cgroup.unit.slice = "kube-pod1.slice";
    CHECK(compute_unit_paths(cgroup, "c1", v2, "").by_controller.at("") ==
          "/sys/fs/cgroup/kube.slice/kube-pod1.slice/runc-c1.scope");
    cgroup.unit.slice = "-.slice";
    CHECK(compute_unit_paths(cgroup, "c1", v2, "/docker/abc").by_controller.at("") ==
          "/sys/fs/cgroup/docker/abc/runc-c1.scope");
    cgroup.unit.slice = "";
    cgroup.rootless = true;
    CHECK(compute_unit_paths(cgroup, "c1", v2, "/user.slice/user-1000.slice/user@1000.service")
              .by_controller.at("") ==
          "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/user.slice/runc-c1.scope");
    cgroup.unit.name = "a-b.slice";
    CHECK(compute_unit_paths(cgroup, "c1", v2, "").by_controller.at("") ==
          "/sys/fs/cgroup/a.slice/a-b.slice");

    host::Facts hybrid;
    hybrid.cgroups = {.mode = host::CgroupMode::Hybrid,
                      .hierarchies = {{{"devices"}, "/sys/fs/cgroup/devices", "/own"},
                                      {{"name=systemd"}, "/sys/fs/cgroup/systemd", "/own"},
                                      {{}, "/sys/fs/cgroup/unified", "/own"}}};
    cgroup.unit = {.slice = "a.slice", .name = "x.scope"};
    paths = compute_unit_paths(cgroup, "c1", hybrid, "");
    CHECK(paths.by_controller.at("devices") == "/sys/fs/cgroup/devices/a.slice/x.scope");
    CHECK(paths.by_controller.at("name=systemd") == "/sys/fs/cgroup/systemd/a.slice/x.scope");
    CHECK(paths.by_controller.at("") == "/sys/fs/cgroup/unified/a.slice/x.scope");
}

TEST_CASE("systemd: hosts and modes that it cannot be used with", "[cgroups][systemd]") {
    config::Cgroup cgroup{.driver = config::CgroupDriver::Systemd};
    host::Facts facts;
    CHECK_THROWS_WITH(cgroups::create_manager(cgroup, "c1", facts),
                      "systemd not running on this host, cannot use systemd cgroups manager");
    facts.systemd_running = true;
    facts.cgroups.mode = host::CgroupMode::V1;
    cgroup.rootless = true;
    CHECK_THROWS_WITH(cgroups::create_manager(cgroup, "c1", facts),
                      "cannot use rootless systemd cgroups manager on cgroup v1");
}
