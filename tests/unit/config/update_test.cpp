// SPDX-License-Identifier: Apache-2.0
#include "config/update.h"

#include "base/error.h"
#include "config/numbers.h"
#include "support/catch.h"

using namespace runcxx;
using config::ResourceFlag;

namespace {

oci::Resources of(const char* name, const char* value) {
    const ResourceFlag flag{name, value};
    return config::resources_of_flags({&flag, 1});
}

}  // namespace

TEST_CASE("update: every option names one resource and nothing else", "[config]") {
    struct Row {
        const char* name;
        const char* value;
        void (*expect)(oci::Resources&);
    };
    const Row rows[] = {
        {"blkio-weight", "500", [](auto& r) { r.block_io.weight = 500; }},
        {"cpu-burst", "2000", [](auto& r) { r.cpu.burst = 2000; }},
        {"cpu-idle", "1", [](auto& r) { r.cpu.idle = 1; }},
        {"cpu-period", "50000", [](auto& r) { r.cpu.period = 50000; }},
        {"cpu-quota", "-1", [](auto& r) { r.cpu.quota = -1; }},
        {"cpu-rt-period", "1000000", [](auto& r) { r.cpu.realtime_period = 1000000; }},
        {"cpu-rt-runtime", "950000", [](auto& r) { r.cpu.realtime_runtime = 950000; }},
        {"cpu-share", "512", [](auto& r) { r.cpu.shares = 512; }},
        {"cpuset-cpus", "0-1,3", [](auto& r) { r.cpu.cpus = "0-1,3"; }},
        {"cpuset-mems", "0", [](auto& r) { r.cpu.mems = "0"; }},
        {"kernel-memory", "1m", [](auto& r) { r.memory.kernel = 1 << 20; }},
        {"kernel-memory-tcp", "2m", [](auto& r) { r.memory.kernel_tcp = 2 << 20; }},
        {"memory", "64M", [](auto& r) { r.memory.limit = 64 << 20; }},
        {"memory-reservation", "32M", [](auto& r) { r.memory.reservation = 32 << 20; }},
        {"memory-swap", "-1", [](auto& r) { r.memory.swap = -1; }},
        {"pids-limit", "0", [](auto& r) { r.pids.limit = 0; }},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        oci::Resources expected;
        row.expect(expected);
        CHECK(of(row.name, row.value) == expected);
        CHECK(of(row.name, "") == oci::Resources{});
        if (std::string_view(row.name).starts_with("cpuset")) continue;
        CHECK_THROWS_WITH(of(row.name, "x"),
                          Catch::StartsWith(std::string("invalid value for ") + row.name + ": "));
    }
    CHECK_THROWS_WITH(of("cpu-share", "-1"),
                      "invalid value for cpu-share: strconv.ParseUint: parsing \"-1\": invalid syntax");
    CHECK_THROWS_WITH(of("cpu-quota", "1x"),
                      "invalid value for cpu-quota: strconv.ParseInt: parsing \"1x\": invalid syntax");
    CHECK_THROWS_WITH(
        of("cpu-period", "18446744073709551616"),
        "invalid value for cpu-period: strconv.ParseUint: parsing \"18446744073709551616\": value "
        "out of range");
    CHECK_THROWS_WITH(of("memory", "1x"), "invalid value for memory: invalid suffix: 'x'");
    CHECK_THROWS_WITH(of("blkio-weight", "65536"),
                      "invalid value for blkio-weight: 65536 is out of range (10 to 1000)");
    CHECK_THROWS_WITH(of("bogus", "1"), "no resource option bogus");
}

TEST_CASE("update: options are taken together, the last of one name counts", "[config]") {
    const ResourceFlag flags[] = {{"memory", "1g"}, {"cpu-share", "5"}, {"memory", "2g"}};
    const auto resources = config::resources_of_flags(flags);
    CHECK(resources.memory.limit == std::int64_t{2} << 30);
    CHECK(resources.cpu.shares == 5);
}

TEST_CASE("update: sizes are binary, with fractions, and exact beyond 2^53", "[config]") {
    CHECK(config::parse_size("-1") == -1);
    CHECK(config::parse_size("0") == 0);
    CHECK(config::parse_size("100") == 100);
    CHECK(config::parse_size("100b") == 100);
    CHECK(config::parse_size("1k") == 1024);
    CHECK(config::parse_size("1KB") == 1024);
    CHECK(config::parse_size("1Kib") == 1024);
    CHECK(config::parse_size("1.5m") == 1572864);
    CHECK(config::parse_size(".5m") == 524288);
    CHECK(config::parse_size("1.1g") == 1181116006);
    CHECK(config::parse_size("64 M") == 64 << 20);
    CHECK(config::parse_size("2t") == std::int64_t{2} << 40);
    CHECK(config::parse_size("1P") == std::int64_t{1} << 50);
    CHECK(config::parse_size("9007199254740993") == 9007199254740993);
    CHECK(config::parse_size("9223372036854775807") == 9223372036854775807);
    for (const auto* text : {"9223372036854775808", "8192p", "99999999999999999999"})
        CHECK_THROWS_WITH(config::parse_size(text), Catch::EndsWith("value out of range"));
    CHECK_THROWS_WITH(config::parse_size(""), "invalid size: ''");
    CHECK_THROWS_WITH(config::parse_size("abc"), "invalid size: 'abc'");
    CHECK_THROWS_WITH(config::parse_size("-2"), "invalid size: '-2'");
    CHECK_THROWS_WITH(config::parse_size("1kx"), "invalid suffix: 'kx'");
    CHECK_THROWS_WITH(config::parse_size("1bb"), "invalid suffix: 'bb'");
    CHECK_THROWS_WITH(config::parse_size("1 megs"), "invalid suffix: 'megs'");
    CHECK_THROWS_WITH(config::parse_size("1.2.3"), "strconv.ParseFloat: parsing \"1.2.3\": invalid syntax");
    CHECK_THROWS_WITH(config::parse_size("."), "strconv.ParseFloat: parsing \".\": invalid syntax");
    CHECK_THROWS_WITH(config::parse_size("1  k"), "strconv.ParseFloat: parsing \"1 \": invalid syntax");
}

TEST_CASE("update: unlimited memory drops the old swap limit, idle the old shares", "[config]") {
    oci::Resources named;
    named.memory.limit = -1;
    named.cpu.idle = 1;
    config::complete_update(named);
    CHECK(named.memory.swap == 0);
    CHECK(named.cpu.shares == 0);
    named.memory.swap = 5;
    named.cpu.shares = 6;
    config::complete_update(named);
    CHECK(named.memory.swap == 5);
    CHECK(named.cpu.shares == 6);
    oci::Resources limited;
    limited.memory.limit = 100;
    config::complete_update(limited);
    CHECK_FALSE(limited.memory.swap);
    CHECK_FALSE(limited.cpu.shares);
}

TEST_CASE("update: what is not named stays, but for what runc forgets", "[config]") {
    oci::Resources before;
    before.memory = {
        .limit = 100, .reservation = 50, .swap = 200, .swappiness = 5, .disable_oom_killer = true};
    before.cpu = {.shares = 512,
                  .quota = 1000,
                  .burst = 10,
                  .period = 2000,
                  .realtime_runtime = 3,
                  .realtime_period = 4,
                  .cpus = "0",
                  .mems = "0",
                  .idle = 1};
    before.pids.limit = 7;
    before.unified = {{"memory.high", "1"}};
    before.network = {.class_id = 9, .priorities = {{"eth0", 1}}};
    before.rdma["mlx"] = {.hca_handles = 1, .hca_objects = 2};
    before.hugepage_limits = {{"2MB", 1}, {"1GB", 2}};

    auto after = config::merge_resources(before, {});
    CHECK(after.memory == before.memory);
    CHECK(after.cpu.shares == 512);
    CHECK(after.cpu.realtime_runtime == 3);
    CHECK(after.cpu.realtime_period == 4);
    CHECK(after.network == before.network);
    CHECK(after.rdma == before.rdma);
    CHECK(after.hugepage_limits == before.hugepage_limits);
    CHECK_FALSE(after.cpu.burst);
    CHECK_FALSE(after.cpu.idle);
    CHECK(after.cpu.cpus.empty());
    CHECK(after.cpu.mems.empty());
    CHECK_FALSE(after.pids.limit);
    CHECK(after.unified.empty());

    oci::Resources named;
    named.memory.limit = 300;
    named.memory.check_before_update = true;
    named.cpu.cpus = "1";
    named.pids.limit = -1;
    named.unified = {{"memory.low", "2"}};
    named.rdma["other"] = {.hca_handles = 5, .hca_objects = {}};
    named.hugepage_limits = {{"2MB", 9}};
    named.network.class_id = 10;
    after = config::merge_resources(before, named);
    CHECK(after.memory.limit == 300);
    CHECK(after.memory.swap == 200);
    CHECK(after.memory.check_before_update == true);
    CHECK(after.cpu.cpus == "1");
    CHECK(after.pids.limit == -1);
    CHECK(after.unified == named.unified);
    CHECK(after.rdma.size() == 2);
    CHECK(after.hugepage_limits == std::vector<oci::HugepageLimit>{{"1GB", 2}, {"2MB", 9}});
    CHECK(after.network.class_id == 10);
    CHECK(after.network.priorities == before.network.priorities);
}

TEST_CASE("update: half of quota and period keeps the other half", "[config]") {
    oci::Resources before, named;
    before.cpu.quota = 1000;
    before.cpu.period = 2000;
    const auto pair = [&](std::optional<std::int64_t> quota, std::optional<std::uint64_t> period) {
        named.cpu.quota = quota;
        named.cpu.period = period;
        const auto after = config::merge_resources(before, named);
        return std::pair(after.cpu.quota.value_or(0), after.cpu.period.value_or(0));
    };
    CHECK(pair(500, {}) == std::pair<std::int64_t, std::uint64_t>(500, 2000));
    CHECK(pair({}, 5000) == std::pair<std::int64_t, std::uint64_t>(1000, 5000));
    CHECK(pair(500, 5000) == std::pair<std::int64_t, std::uint64_t>(500, 5000));
    CHECK(pair({}, {}) == std::pair<std::int64_t, std::uint64_t>(0, 0));
    CHECK(pair(0, 0) == std::pair<std::int64_t, std::uint64_t>(0, 0));
}

TEST_CASE("update: block devices are found by their numbers, others are added", "[config]") {
    oci::Resources before, named;
    before.block_io.weight = 100;
    before.block_io.weight_device = {{8, 0, 300, 400}};
    before.block_io.throttle_read_bps_device = {{8, 0, 1}, {8, 0, 2}, {8, 16, 3}};
    named.block_io.leaf_weight = 20;
    named.block_io.weight_device = {{8, 0, 500, {}}, {8, 32, {}, 7}};
    named.block_io.throttle_read_bps_device = {{8, 0, 10}, {8, 48, 11}};
    named.block_io.throttle_write_bps_device = {{8, 0, 12}};
    named.block_io.throttle_read_iops_device = {{8, 0, 13}};
    named.block_io.throttle_write_iops_device = {{8, 0, 14}};
    const auto io = config::merge_resources(before, named).block_io;
    CHECK(io.weight == 100);
    CHECK(io.leaf_weight == 20);
    CHECK(io.weight_device == std::vector<oci::WeightDevice>{{8, 0, 500, 400}, {8, 32, {}, 7}});
    CHECK(io.throttle_read_bps_device ==
          std::vector<oci::ThrottleDevice>{{8, 0, 1}, {8, 0, 10}, {8, 16, 3}, {8, 48, 11}});
    CHECK(io.throttle_write_bps_device == named.block_io.throttle_write_bps_device);
    CHECK(io.throttle_read_iops_device == named.block_io.throttle_read_iops_device);
    CHECK(io.throttle_write_iops_device == named.block_io.throttle_write_iops_device);
}
