// SPDX-License-Identifier: Apache-2.0
// update on cgroup v2: options and the JSON, read back from the kernel's files.
#include <set>

#include "support/container_cgroup.h"
#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

using Names = std::set<std::string>;

}  // namespace

RUNTIME_TEST("update: v2 memory, swap, cpu and pids files", "[update][v2]") {
    REQUIRES("v2-memory");
    REQUIRES("v2-cpu");
    REQUIRES("v2-pids");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    REQUIRE_OK(call({"update", "--memory", "64M", "--memory-swap", "96M", "--memory-reservation", "32M", c}));
    CHECK(cgroup.v2("memory.max") == "67108864");
    CHECK(cgroup.v2("memory.low") == "33554432");
    const bool counts_swap = fs::exists(cgroup.v2() / "memory.swap.max");
    if (counts_swap) CHECK(cgroup.v2("memory.swap.max") == "33554432");
    // The sum stays what it was when one part moves.
    REQUIRE_OK(call({"update", "--memory", "80M", c}));
    if (counts_swap) CHECK(cgroup.v2("memory.swap.max") == "16777216");
    REQUIRE_OK(call({"update", "--memory-swap", "80M", c}));
    CHECK(cgroup.v2("memory.max") == "83886080");
    if (counts_swap) CHECK(cgroup.v2("memory.swap.max") == "0");
    REQUIRE_OK(call({"update", "--memory", "-1", c}));
    CHECK(cgroup.v2("memory.max") == "max");
    if (counts_swap) CHECK(cgroup.v2("memory.swap.max") == "max");

    REQUIRE_OK(call({"update", "--cpu-share", "2000", c}));
    CHECK(cgroup.v2("cpu.weight") == (is_old_runc() ? "77" : "170"));
    REQUIRE_OK(call({"update", "--cpu-quota", "20000", "--cpu-period", "50000", c}));
    CHECK(cgroup.v2("cpu.max") == "20000 50000");
    REQUIRE_OK(call({"update", "--cpu-quota", "30000", c}));
    CHECK(cgroup.v2("cpu.max") == "30000 50000");
    REQUIRE_OK(call({"update", "--cpu-period", "60000", c}));
    CHECK(cgroup.v2("cpu.max") == "30000 60000");
    REQUIRE_OK(call({"update", "--cpu-quota", "-1", c}));
    CHECK(cgroup.v2("cpu.max") == "max 60000");
    REQUIRE_OK(call({"update", "--pids-limit", "123", c}));
    CHECK(cgroup.v2("pids.max") == "123");
    REQUIRE_OK(call({"update", "--pids-limit=-1", c}));
    CHECK(cgroup.v2("pids.max") == "max");

    REQUIRES("update-burst-idle");
    REQUIRE_OK(call({"update", "--cpu-quota", "30000", "--cpu-burst", "10000", c}));
    CHECK(cgroup.v2("cpu.max.burst") == "10000");
    REQUIRE_OK(call({"update", "--cpu-idle", "1", c}));
    CHECK(cgroup.v2("cpu.idle") == "1");
    REQUIRE_OK(call({"update", "--cpu-idle", "0", "--cpu-share", "1024", c}));
    CHECK(cgroup.v2("cpu.idle") == "0");
    CHECK(cgroup.v2("cpu.weight") == "100");
}

RUNTIME_TEST("update: v2 unified values, checkBeforeUpdate and the way back", "[update][v2][rollback]") {
    REQUIRES("v2-memory");
    REQUIRES("v2-pids");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    Options input;
    input.input = R"({"unified":{"memory.high":"50331648","pids.max":"99"}})";
    REQUIRE_OK(call({"update", "-r", "-", c}, input));
    CHECK(cgroup.v2("memory.high") == "50331648");
    CHECK(cgroup.v2("pids.max") == "99");
    REQUIRES("update-rollback");
    const auto before = cgroup.settings();
    input.input = R"({"memory":{"limit":4096,"checkBeforeUpdate":true},"pids":{"limit":3}})";
    CHECK_FAILS(call({"update", "-r", "-", c}, input), 1, "rejecting memory limit 4096 <= usage ");
    input.input =
        R"({"memory":{"limit":67108864},"pids":{"limit":3},"unified":{"memory.high":"9","nope.nope":"1"}})";
    CHECK_FAILS(call({"update", "-r", "-", c}, input), 1, "controller \"nope\" not available");
    CHECK(differences(before, cgroup.settings()) == Names{});
}

RUNTIME_TEST("update: v2 cpuset and io files", "[update][v2]") {
    REQUIRES("v2-cpuset");
    REQUIRES("v2-io");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    REQUIRE_OK(call({"update", "--cpuset-cpus", "0", "--cpuset-mems", "0", c}));
    CHECK(cgroup.v2("cpuset.cpus") == "0");
    CHECK(cgroup.v2("cpuset.mems") == "0");
    REQUIRE_OK(call({"update", "--blkio-weight", "500", c}));
    if (fs::exists(cgroup.v2() / "io.bfq.weight"))
        CHECK(cgroup.v2("io.bfq.weight") == "default 500");
    else if (fs::exists(cgroup.v2() / "io.weight"))
        CHECK(cgroup.v2("io.weight") == "default 4950");
}

RUNTIME_TEST("update: v2 huge page limits, with their reservations, and the way back",
             "[update][v2][hugetlb]") {
    REQUIRES("v2-hugetlb");
    REQUIRES("update-all-fields");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    Options input;
    input.input = R"({"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]})";
    REQUIRE_OK(call({"update", "-r", "-", c}, input));
    CHECK(cgroup.v2("hugetlb.2MB.max") == "4194304");
    CHECK(cgroup.v2("hugetlb.2MB.rsvd.max") == "4194304");
    const auto before = cgroup.settings();
    input.input = R"({"hugepageLimits":[{"pageSize":"2MB","limit":8388608}],"unified":{"nope.nope":"1"}})";
    CHECK_FAILS(call({"update", "-r", "-", c}, input), 1, "controller \"nope\" not available");
    CHECK(differences(before, cgroup.settings()) == Names{});
}
