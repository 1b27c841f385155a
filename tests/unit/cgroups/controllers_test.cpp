// SPDX-License-Identifier: Apache-2.0
#include "cgroups/controller.h"
#include "support/catch.h"
#include "unit/cgroups/folder.h"

using namespace runcxx;
using namespace runcxx::cgroups;
using tests::Folder;

namespace {

void apply(std::span<const Controller* const> table, std::string_view name, const Folder& folder,
           const oci::Resources& resources, bool is_new = true) {
    for (const auto* controller : table)
        if (controller->name == name) {
            REQUIRE(controller->wants(resources));
            controller->apply(folder.directory(), resources, {.is_new = is_new});
            return;
        }
    FAIL("no controller " << name);
}
void apply_v1(std::string_view name, const Folder& folder, const oci::Resources& resources,
              bool is_new = true) {
    apply(v1_controllers(), name, folder, resources, is_new);
}
void apply_v2(std::string_view name, const Folder& folder, const oci::Resources& resources,
              bool is_new = true) {
    apply(v2_controllers(), name, folder, resources, is_new);
}

}  // namespace

TEST_CASE("controllers are applied in the order that callers of runc observe") {
    std::string v1, v2;
    for (const auto* controller : v1_controllers())
        v1 += std::string(controller->name) + " ";
    for (const auto* controller : v2_controllers())
        v2 += std::string(controller->name) + " ";
    CHECK(v1 ==
          "cpuset devices memory cpu cpuacct pids blkio hugetlb net_cls net_prio perf_event freezer rdma "
          "name=systemd misc  ");
    CHECK(v2 == "pids memory io cpu devices cpuset hugetlb rdma unified ");
}

TEST_CASE("no controller but devices wants anything of empty resources") {
    const oci::Resources none;
    for (const auto& table : {v1_controllers(), v2_controllers()})
        for (const auto* controller : table)
            if (controller->wants != nullptr)
                CHECK(controller->wants(none) == (controller->name == "devices"));
}

TEST_CASE("v1 memory: a new cgroup gets its limit, then memory and swap together") {
    const Folder folder{"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes",
                        "memory.oom_control", "memory.swappiness"};
    oci::Resources resources;
    resources.memory = {
        .limit = 1000, .reservation = 500, .swap = 3000, .swappiness = 10, .disable_oom_killer = true};
    apply_v1("memory", folder, resources);
    CHECK(folder.get("memory.limit_in_bytes") == "1000");
    CHECK(folder.get("memory.memsw.limit_in_bytes") == "3000");
    CHECK(folder.get("memory.soft_limit_in_bytes") == "500");
    CHECK(folder.get("memory.oom_control") == "1");
    CHECK(folder.get("memory.swappiness") == "10");
}

TEST_CASE("v1 memory: unlimited memory means unlimited swap where swap is counted") {
    oci::Resources resources;
    resources.memory.limit = -1;
    const Folder with{"memory.limit_in_bytes", "memory.memsw.limit_in_bytes"};
    apply_v1("memory", with, resources);
    CHECK(with.get("memory.memsw.limit_in_bytes") == "-1");
    const Folder without{"memory.limit_in_bytes"};
    apply_v1("memory", without, resources);
    CHECK(without.get("memory.limit_in_bytes") == "-1");
}

TEST_CASE("v1 memory: a file that is missing and a value out of range are named") {
    const Folder folder{"memory.limit_in_bytes"};
    oci::Resources resources;
    resources.memory.limit = 1000;
    resources.memory.swap = 2000;
    CHECK_THROWS_WITH(apply_v1("memory", folder, resources),
                      "openat2 " + folder.path() + "/memory.memsw.limit_in_bytes: no such file or directory");
    resources.memory = {.swappiness = 101};
    CHECK_THROWS_WITH(apply_v1("memory", folder, resources),
                      "invalid memory swappiness value: 101 (valid range is 0-100)");
}

TEST_CASE("v1 cpu: every value has its file") {
    const Folder folder{"cpu.shares",        "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.cfs_burst_us",
                        "cpu.rt_runtime_us", "cpu.rt_period_us",  "cpu.idle"};
    oci::Resources resources;
    resources.cpu = {.shares = 512,
                     .quota = 20000,
                     .burst = 10,
                     .period = 50000,
                     .realtime_runtime = 900,
                     .realtime_period = 1000,
                     .idle = 1};
    apply_v1("cpu", folder, resources);
    CHECK(folder.get("cpu.shares") == "512");
    CHECK(folder.get("cpu.cfs_period_us") == "50000");
    CHECK(folder.get("cpu.cfs_quota_us") == "20000");
    CHECK(folder.get("cpu.cfs_burst_us") == "10");
    CHECK(folder.get("cpu.rt_runtime_us") == "900");
    CHECK(folder.get("cpu.rt_period_us") == "1000");
    CHECK(folder.get("cpu.idle") == "1");
}

TEST_CASE("v1 cpu: burst is optional, shares out of range are named") {
    const Folder folder{"cpu.cfs_quota_us", "cpu.shares"};
    oci::Resources resources;
    resources.cpu = {.quota = -1, .burst = 10};
    apply_v1("cpu", folder, resources);
    CHECK(folder.get("cpu.cfs_quota_us") == "-1");
}

TEST_CASE("v1: small controllers write their files") {
    const Folder folder{"pids.max",
                        "cpuset.cpus",
                        "cpuset.mems",
                        "net_cls.classid",
                        "net_prio.ifpriomap",
                        "rdma.max",
                        "hugetlb.2MB.limit_in_bytes",
                        "hugetlb.2MB.rsvd.limit_in_bytes",
                        "hugetlb.1GB.limit_in_bytes",
                        "blkio.weight",
                        "blkio.weight_device",
                        "blkio.leaf_weight",
                        "blkio.leaf_weight_device",
                        "blkio.throttle.read_bps_device",
                        "blkio.throttle.write_bps_device",
                        "blkio.throttle.read_iops_device",
                        "blkio.throttle.write_iops_device"};
    oci::Resources resources;
    resources.pids.limit = 0;
    resources.cpu.cpus = "0-1";
    resources.cpu.mems = "0";
    resources.network = {.class_id = 0x100001, .priorities = {{"eth0", 5}}};
    resources.rdma["mlx5_1"] = {.hca_handles = 3, .hca_objects = 4};
    resources.hugepage_limits = {{"2MB", 4194304}};
    resources.block_io = {.weight = 100,
                          .leaf_weight = 200,
                          .weight_device = {{8, 0, 300, 400}},
                          .throttle_read_bps_device = {{8, 0, 1}},
                          .throttle_write_bps_device = {{8, 0, 2}},
                          .throttle_read_iops_device = {{8, 0, 3}},
                          .throttle_write_iops_device = {{8, 0, 4}}};
    for (const auto* name : {"pids", "cpuset", "net_cls", "net_prio", "rdma", "hugetlb", "blkio"})
        apply_v1(name, folder, resources);
    CHECK(folder.get("pids.max") == "1");
    CHECK(folder.get("cpuset.cpus") == "0-1");
    CHECK(folder.get("cpuset.mems") == "0");
    CHECK(folder.get("net_cls.classid") == "1048577");
    CHECK(folder.get("net_prio.ifpriomap") == "eth0 5");
    CHECK(folder.get("rdma.max") == "mlx5_1 hca_handle=3 hca_object=4");
    CHECK(folder.get("hugetlb.2MB.limit_in_bytes") == "4194304");
    CHECK(folder.get("hugetlb.2MB.rsvd.limit_in_bytes") == "4194304");
    CHECK(folder.get("blkio.weight") == "100");
    CHECK(folder.get("blkio.weight_device") == "8:0 300");
    CHECK(folder.get("blkio.leaf_weight") == "200");
    CHECK(folder.get("blkio.leaf_weight_device") == "8:0 400");
    CHECK(folder.get("blkio.throttle.read_bps_device") == "8:0 1");
    CHECK(folder.get("blkio.throttle.write_bps_device") == "8:0 2");
    CHECK(folder.get("blkio.throttle.read_iops_device") == "8:0 3");
    CHECK(folder.get("blkio.throttle.write_iops_device") == "8:0 4");

    const Folder bfq{"blkio.bfq.weight", "blkio.bfq.weight_device"};
    resources.block_io = {.weight = 100, .weight_device = {{8, 0, 300, {}}}};
    apply_v1("blkio", bfq, resources);
    CHECK(bfq.get("blkio.bfq.weight") == "100");
    CHECK(bfq.get("blkio.bfq.weight_device") == "8:0 300");
    // No reservations before Linux 5.7.
    const Folder old{"hugetlb.2MB.limit_in_bytes"};
    apply_v1("hugetlb", old, resources);
    CHECK(old.get("hugetlb.2MB.limit_in_bytes") == "4194304");
}

TEST_CASE("v1 devices: a new cgroup is not read before, and checked after") {
    const Folder folder{"devices.allow", "devices.deny"};
    oci::Resources resources;
    resources.devices = {{.allow = false, .type = "", .major = {}, .minor = {}, .access = "rwm"},
                         {.allow = true, .type = "c", .major = 1, .minor = 3, .access = "rwm"},
                         {.allow = true, .type = "b", .major = {}, .minor = {}, .access = "m"}};
    folder.put("devices.list", "c 1:3 rwm\nb *:* m\n");  // as the kernel would show it afterwards
    apply_v1("devices", folder, resources);
    CHECK(folder.get("devices.deny") == "a *:* rwm");
    CHECK(folder.get("devices.allow") == "b *:* mc 1:3 rwm");
    folder.put("devices.list", "c 1:3 rwm\n");
    CHECK_THROWS_WITH(apply_v1("devices", folder, resources),
                      "resulting devices cgroup doesn't precisely match target");
    folder.put("devices.list", "a *:* rwm\n");
    CHECK_THROWS_WITH(apply_v1("devices", folder, resources),
                      "resulting devices cgroup doesn't match target mode");
}

TEST_CASE("v1 devices: a cgroup that was there and fits is left alone") {
    const Folder folder{"devices.allow", "devices.deny"};
    oci::Resources resources;
    resources.devices = {{.allow = true, .type = "c", .major = 1, .minor = 3, .access = "rwm"}};
    folder.put("devices.list", "c 1:3 rwm\n");
    apply_v1("devices", folder, resources, false);
    CHECK(folder.get("devices.allow").empty());
    CHECK(folder.get("devices.deny").empty());
}

TEST_CASE("v2: every value has its file") {
    const Folder folder{"pids.max", "memory.max",      "memory.swap.max",      "memory.low",
                        "io.max",   "io.weight",       "cpu.weight",           "cpu.max",
                        "cpu.idle", "cpu.max.burst",   "cpuset.cpus",          "cpuset.mems",
                        "rdma.max", "hugetlb.2MB.max", "hugetlb.2MB.rsvd.max", "memory.high"};
    oci::Resources resources;
    resources.pids.limit = -1;
    resources.memory = {.limit = 1000, .reservation = 500, .swap = 3000};
    resources.cpu = {
        .shares = 1024, .quota = 20000, .burst = 10, .period = 50000, .cpus = "0-1", .mems = "0", .idle = 0};
    resources.block_io = {
        .weight = 500, .throttle_read_bps_device = {{8, 0, 1}}, .throttle_write_iops_device = {{8, 16, 4}}};
    resources.hugepage_limits = {{"2MB", 4194304}};
    resources.rdma["mlx5_1"] = {.hca_handles = 3, .hca_objects = {}};
    resources.unified = {{"memory.high", "900"}};
    for (const auto* name : {"pids", "memory", "io", "cpu", "cpuset", "hugetlb", "rdma", "unified"})
        apply_v2(name, folder, resources);
    CHECK(folder.get("pids.max") == "max");
    CHECK(folder.get("memory.max") == "1000");
    CHECK(folder.get("memory.swap.max") == "2000");
    CHECK(folder.get("memory.low") == "500");
    CHECK(folder.get("io.weight") == "4950");
    CHECK(folder.get("io.max") == "8:0 rbps=18:16 wiops=4");  // one write each
    CHECK(folder.get("cpu.weight") == "100");
    CHECK(folder.get("cpu.max") == "20000 50000");
    CHECK(folder.get("cpu.max.burst") == "10");
    CHECK(folder.get("cpu.idle") == "0");
    CHECK(folder.get("cpuset.cpus") == "0-1");
    CHECK(folder.get("cpuset.mems") == "0");
    CHECK(folder.get("rdma.max") == "mlx5_1 hca_handle=3");
    CHECK(folder.get("hugetlb.2MB.max") == "4194304");
    CHECK(folder.get("hugetlb.2MB.rsvd.max") == "4194304");
    CHECK(folder.get("memory.high") == "900");
}

TEST_CASE("v2: what cgroup v2 has no file for is nobody's, as in runc") {
    oci::Resources resources;
    resources.memory = {.swappiness = 10, .disable_oom_killer = true};
    resources.cpu = {.realtime_runtime = 1000, .realtime_period = 2000};
    resources.block_io.leaf_weight = 100;
    resources.network = {.class_id = 5, .priorities = {{"eth0", 1}}};
    for (const auto* controller : v2_controllers()) {
        INFO(controller->name);
        CHECK(controller->wants(resources) == (controller->name == "devices"));  // always its own
    }
}

TEST_CASE("v2 io: each of the four throttles has its own name, and weights of devices are converted") {
    const auto written = [](void (*name)(oci::BlockIo&)) {
        const Folder folder{"io.max", "io.weight"};
        oci::Resources resources;
        name(resources.block_io);
        apply_v2("io", folder, resources);
        return folder.get("io.max") + folder.get("io.weight");
    };
    CHECK(written([](auto& io) { io.throttle_read_bps_device = {{8, 0, 1}}; }) == "8:0 rbps=1");
    CHECK(written([](auto& io) { io.throttle_write_bps_device = {{8, 0, 2}}; }) == "8:0 wbps=2");
    CHECK(written([](auto& io) { io.throttle_read_iops_device = {{8, 0, 3}}; }) == "8:0 riops=3");
    CHECK(written([](auto& io) { io.throttle_write_iops_device = {{8, 0, 4}}; }) == "8:0 wiops=4");
    CHECK(written([](auto& io) { io.weight_device = {{8, 0, 1000, {}}}; }) == "8:0 10000");
    // A leaf weight alone: v2 has no such thing.
    CHECK(written([](auto& io) { io.weight_device = {{8, 0, {}, 300}}; }) == "");
    CHECK(written([](auto& io) { io.weight_device = {{8, 0, 0, {}}}; }) == "");
}

TEST_CASE("v2 cpu: half of cpu.max keeps the other half") {
    oci::Resources quota, period, unlimited;
    quota.cpu.quota = 20000;
    period.cpu.period = 50000;
    unlimited.cpu.quota = -1;
    const Folder a{"cpu.max"}, b{"cpu.max"}, c{"cpu.max"};
    apply_v2("cpu", a, quota, false);
    CHECK(a.get("cpu.max") == "20000");
    b.put("cpu.max", "7000 100000\n");
    apply_v2("cpu", b, period, false);
    CHECK(b.get("cpu.max").substr(0, 10) == "7000 50000");
    apply_v2("cpu", c, unlimited, false);
    CHECK(c.get("cpu.max") == "max");
    const Folder fresh{"cpu.max"};
    apply_v2("cpu", fresh, period, true);
    CHECK(fresh.get("cpu.max") == "max 50000");
}

TEST_CASE("v2 memory: a kernel without swap accounting takes no swap and any swap") {
    const Folder folder{"memory.max"};
    oci::Resources resources;
    resources.memory = {.limit = 1000, .swap = 1000};
    apply_v2("memory", folder, resources);
    CHECK(folder.get("memory.max") == "1000");
    resources.memory.swap = -1;
    apply_v2("memory", folder, resources);
    resources.memory.swap = 2000;
    CHECK_THROWS_WITH(apply_v2("memory", folder, resources),
                      Catch::Contains("memory.swap.max: no such file"));
}

TEST_CASE("v2 memory: checkBeforeUpdate refuses what is used already") {
    const Folder folder{"memory.max", "memory.swap.max"};
    folder.put("memory.current", "5000\n");
    oci::Resources resources;
    resources.memory = {.limit = 5000, .check_before_update = true};
    CHECK_THROWS_WITH(apply_v2("memory", folder, resources), "rejecting memory limit 5000 <= usage 5000");
    resources.memory.swap = 4000;
    resources.memory.limit = 3000;
    CHECK_THROWS_WITH(apply_v2("memory", folder, resources),
                      "rejecting memory+swap limit 4000 <= usage 5000");
}

TEST_CASE("v2 io: BFQ weights are used where they are, devices where the kernel takes them") {
    oci::Resources resources;
    resources.block_io = {.weight = 500, .weight_device = {{8, 0, 300, {}}}};
    const Folder folder{};
    folder.put("io.bfq.weight", "default 100\n");
    apply_v2("io", folder, resources);
    CHECK(folder.get("io.bfq.weight").substr(0, 7) == "8:0 300");
}

TEST_CASE("v2 unified: a group that becomes idle is given no weight") {
    const Folder folder{"cpu.idle", "cpu.weight"};
    oci::Resources resources;
    resources.unified = {{"cpu.idle", "1"}, {"cpu.weight", "8"}};
    apply_v2("unified", folder, resources);
    CHECK(folder.get("cpu.idle") == "1");
    CHECK(folder.get("cpu.weight").empty());
    resources.unified["cpu.idle"] = "0";
    apply_v2("unified", folder, resources);
    CHECK(folder.get("cpu.idle") == "0");
    CHECK(folder.get("cpu.weight") == "8");
}

TEST_CASE("v2 unified: texts go line by line, and failures name the cause") {
    const Folder folder{"io.max"};
    folder.put("cgroup.controllers", "cpu io\n");
    oci::Resources resources;
    resources.unified = {{"io.max", "8:0 rbps=1\n8:16 rbps=2\n"}};
    apply_v2("unified", folder, resources);
    CHECK(folder.get("io.max") == "8:0 rbps=1\n8:16 rbps=2\n");
    resources.unified = {{"../memory.max", "1"}};
    CHECK_THROWS_WITH(apply_v2("unified", folder, resources),
                      "unified resource \"../memory.max\" must be a file name (no slashes)");
    resources.unified = {{"nodot", "1"}};
    CHECK_THROWS_WITH(apply_v2("unified", folder, resources),
                      "unified resource \"nodot\" must be in the form CONTROLLER.PARAMETER");
    resources.unified = {{"memory.max", "1"}};
    CHECK_THROWS_WITH(apply_v2("unified", folder, resources),
                      "unified resource \"memory.max\" can't be set: controller \"memory\" not available");
    resources.unified = {{"cpu.max", "1"}};
    CHECK_THROWS_WITH(apply_v2("unified", folder, resources),
                      Catch::Contains("unable to set unified resource \"cpu.max\": openat2"));
}
