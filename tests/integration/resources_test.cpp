// SPDX-License-Identifier: Apache-2.0
// linux.resources of a new container, field by field: what cgroups_test.cpp does not have, and all of cgroup v2.
#include "support/container_cgroup.h"
#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

RUNTIME_TEST("resources: cpu burst and idle are written", "[resources][cpu]") {
    REQUIRES("v1-cpu-quota");
    REQUIRES("update-burst-idle");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["cpu"] = {{"quota", 50000}, {"period", 100000}, {"burst", 20000}};
    const ContainerCgroup burst(init_pid(create(b)));
    if (fs::exists(burst.v1("cpu") / "cpu.cfs_burst_us"))
        CHECK(burst.v1("cpu", "cpu.cfs_burst_us") == "20000");
    b.spec["linux"]["resources"]["cpu"] = {{"idle", 1}};
    if (!fs::exists(burst.v1("cpu") / "cpu.idle")) return;
    CHECK(ContainerCgroup(init_pid(create(b))).v1("cpu", "cpu.idle") == "1");
}

RUNTIME_TEST("resources: real-time runtime is there before the program joins", "[resources][cpu]") {
    REQUIRES("v1-cpu-rt");
    const fs::path budget = "/sys/fs/cgroup/cpu" + own_cgroup() + "/cpu.rt_runtime_us";
    write_file(budget, "20000");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["cpu"] = {{"realtimeRuntime", 9000}, {"realtimePeriod", 900000}};
    std::string c = create(b);
    CHECK(ContainerCgroup(init_pid(c)).v1("cpu", "cpu.rt_runtime_us") == "9000");
    CHECK(ContainerCgroup(init_pid(c)).v1("cpu", "cpu.rt_period_us") == "900000");
    kill(c);
    wait_exit(c);
    remove(c);
    // The kernel counts the removed group for a moment longer.
    CHECK(wait_until([&] {
        try {
            write_file(budget, "0");
        } catch (const std::system_error&) {
            return false;
        }
        return true;
    }));
}

RUNTIME_TEST("resources: block io weight and all four throttles are written", "[resources][blkio]") {
    REQUIRES("v1-blkio-throttle");
    const auto device = some_disk();
    if (device.empty()) return;
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["blockIO"] = {{"throttleReadBpsDevice", throttle(device, 1048576)},
                                               {"throttleWriteBpsDevice", throttle(device, 2097152)},
                                               {"throttleReadIOPSDevice", throttle(device, 300)},
                                               {"throttleWriteIOPSDevice", throttle(device, 400)}};
    const ContainerCgroup cgroup(init_pid(create(b)));
    CHECK(cgroup.v1("blkio", "blkio.throttle.read_bps_device") == device + " 1048576");
    CHECK(cgroup.v1("blkio", "blkio.throttle.write_bps_device") == device + " 2097152");
    CHECK(cgroup.v1("blkio", "blkio.throttle.read_iops_device") == device + " 300");
    CHECK(cgroup.v1("blkio", "blkio.throttle.write_iops_device") == device + " 400");
    const auto dir = cgroup.v1("blkio");
    const auto* file = fs::exists(dir / "blkio.weight") ? "blkio.weight" : "blkio.bfq.weight";
    if (!fs::exists(dir / file)) return;
    b.spec["linux"]["resources"]["blockIO"] = {{"weight", 517}};
    CHECK(ContainerCgroup(init_pid(create(b))).v1("blkio", file) == "517");
}

RUNTIME_TEST("resources: network class and priorities are written", "[resources][network]") {
    REQUIRES("v1-net_cls");
    REQUIRES("v1-net_prio");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["network"] = {{"classID", 1048577},
                                               {"priorities", {{{"name", "lo"}, {"priority", 5}}}}};
    const ContainerCgroup cgroup(init_pid(create(b)));
    CHECK(cgroup.v1("net_cls", "net_cls.classid") == "1048577");
    CHECK_THAT(cgroup.v1("net_prio", "net_prio.ifpriomap"), HasText("lo 5"));
}

RUNTIME_TEST("resources: v1 huge page limits and their reservations are written", "[resources][hugetlb]") {
    REQUIRES("v1-hugetlb");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["hugepageLimits"] = {{{"pageSize", "2MB"}, {"limit", 4194304}}};
    const ContainerCgroup cgroup(init_pid(create(b)));
    CHECK(cgroup.v1("hugetlb", "hugetlb.2MB.limit_in_bytes") == "4194304");
    if (fs::exists(cgroup.v1("hugetlb") / "hugetlb.2MB.rsvd.limit_in_bytes"))
        CHECK(cgroup.v1("hugetlb", "hugetlb.2MB.rsvd.limit_in_bytes") == "4194304");
}

RUNTIME_TEST("resources: a limit for a controller that this host lacks is refused by name",
             "[resources][errors]") {
    REQUIRES("cgroup-v1");
    Bundle& b = bundle().idle();
    if (!fs::exists("/sys/fs/cgroup/rdma")) {
        b.spec["linux"]["resources"]["rdma"] = {{"mlx5_1", {{"hcaHandles", 3}}}};
        CHECK_FAILS(try_create(b), 1, "cannot set rdma limit: container could not join or create cgroup");
        CHECK(status(last_id()).empty());
    }
}

RUNTIME_TEST("resources: v2 memory, cpu, pids and cpuset files", "[resources][v2]") {
    REQUIRES("v2-memory");
    REQUIRES("v2-cpu");
    REQUIRES("v2-pids");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["memory"] = {
        {"limit", 67108864}, {"swap", 100663296}, {"reservation", 33554432}, {"swappiness", 10}};
    b.spec["linux"]["resources"]["cpu"] = {{"shares", 2000}, {"quota", 20000}, {"period", 50000}};
    b.spec["linux"]["resources"]["pids"] = {{"limit", 123}};
    const ContainerCgroup cgroup(init_pid(create(b)));
    CHECK(cgroup.v2("memory.max") == "67108864");
    CHECK(cgroup.v2("memory.low") == "33554432");
    if (fs::exists(cgroup.v2() / "memory.swap.max")) CHECK(cgroup.v2("memory.swap.max") == "33554432");
    CHECK(cgroup.v2("cpu.weight") == (is_old_runc() ? "77" : "170"));
    CHECK(cgroup.v2("cpu.max") == "20000 50000");
    CHECK(cgroup.v2("pids.max") == "123");

    b.spec["linux"]["resources"] = {{"pids", {{"limit", -1}}}, {"memory", {{"limit", -1}}}};
    const ContainerCgroup unlimited(init_pid(create(b)));
    CHECK(unlimited.v2("pids.max") == "max");
    CHECK(unlimited.v2("memory.max") == "max");

    REQUIRES("update-burst-idle");
    b.spec["linux"]["resources"] = {{"cpu", {{"quota", 20000}, {"burst", 10000}}}};
    CHECK(ContainerCgroup(init_pid(create(b))).v2("cpu.max.burst") == "10000");
    b.spec["linux"]["resources"] = {{"cpu", {{"idle", 1}}}};
    CHECK(ContainerCgroup(init_pid(create(b))).v2("cpu.idle") == "1");
}

RUNTIME_TEST("resources: v2 cpuset and block io files", "[resources][v2]") {
    REQUIRES("v2-cpuset");
    REQUIRES("v2-io");
    const auto device = some_disk();
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["cpu"] = {{"cpus", "0"}, {"mems", "0"}};
    if (!device.empty())
        b.spec["linux"]["resources"]["blockIO"] = {{"throttleReadBpsDevice", throttle(device, 1048576)},
                                                   {"throttleWriteBpsDevice", throttle(device, 2097152)},
                                                   {"throttleReadIOPSDevice", throttle(device, 300)},
                                                   {"throttleWriteIOPSDevice", throttle(device, 400)}};
    const ContainerCgroup cgroup(init_pid(create(b)));
    CHECK(cgroup.v2("cpuset.cpus") == "0");
    CHECK(cgroup.v2("cpuset.mems") == "0");
    if (!device.empty())
        CHECK(cgroup.v2("io.max") == device + " rbps=1048576 wbps=2097152 riops=300 wiops=400");
    b.spec["linux"]["resources"]["blockIO"] = {{"weight", 500}};
    const auto dir = cgroup.v2();
    if (fs::exists(dir / "io.bfq.weight"))
        CHECK_THAT(ContainerCgroup(init_pid(create(b))).v2("io.bfq.weight"), HasText("500"));
    else if (fs::exists(dir / "io.weight"))
        CHECK_THAT(ContainerCgroup(init_pid(create(b))).v2("io.weight"), HasText("default 4950"));
}

RUNTIME_TEST("resources: v2 unified settings are written, unknown controllers refused", "[resources][v2]") {
    REQUIRES("v2-memory");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["unified"] = {{"memory.high", "50331648"}, {"memory.oom.group", "1"}};
    const ContainerCgroup cgroup(init_pid(create(b)));
    CHECK(cgroup.v2("memory.high") == "50331648");
    CHECK(cgroup.v2("memory.oom.group") == "1");
}

RUNTIME_TEST("resources: v2 unified settings of a missing controller and bad names are refused",
             "[resources][v2][errors]") {
    REQUIRES("cgroup-v2");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["unified"] = {{"nope.max", "1"}};
    CHECK_FAILS(try_create(b), 1,
                "unified resource \"nope.max\" can't be set: controller \"nope\" not available");
    b.spec["linux"]["resources"]["unified"] = {{"../memory.max", "1"}};
    CHECK_FAILS(try_create(b), 1, "unified resource \"../memory.max\" must be a file name (no slashes)");
    b.spec["linux"]["resources"]["unified"] = {{"nodot", "1"}};
    CHECK_FAILS(try_create(b), 1, "unified resource \"nodot\" must be in the form CONTROLLER.PARAMETER");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("resources: v2 huge page limits and their reservations are written",
             "[resources][v2][hugetlb]") {
    REQUIRES("v2-hugetlb");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["hugepageLimits"] = {{{"pageSize", "2MB"}, {"limit", 4194304}}};
    const ContainerCgroup cgroup(init_pid(create(b)));
    CHECK(cgroup.v2("hugetlb.2MB.max") == "4194304");
    CHECK(cgroup.v2("hugetlb.2MB.rsvd.max") == "4194304");
}
