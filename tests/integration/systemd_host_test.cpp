// SPDX-License-Identifier: Apache-2.0
// The systemd cgroup driver with the host's own systemd: what it made of what it was told, daemon-reload, and many
// containers with killed creators. STRESS_SYSTEMD changes the number.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <deque>
#include <random>

#include "support/container_cgroup.h"
#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

const Options kWithSystemd{.global = {"--systemd-cgroup"}};

std::string systemctl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"systemctl", "--no-pager", "--no-legend"});
    if (geteuid() != 0) arguments.insert(arguments.begin() + 1, "--user");
    const auto result = execute(arguments, {.deadline = 300});
    INFO(describe(result));
    REQUIRE(result.ok());
    return trimmed(result.out);
}

std::string property(const std::string& unit, const std::string& name) {
    return systemctl({"show", "-P", name, unit});
}

// Where units go that name no slice.
std::string default_slice() {
    return geteuid() == 0 ? "system.slice" : "user.slice";
}

// Units of ours that systemd still knows, and those that failed.
std::string left_units() {
    return systemctl({"list-units", "--all", "runc-*"});
}

bool has_controller(const std::string& name) {
    const auto text = try_read_file("/sys/fs/cgroup/cgroup.controllers");
    return fs::exists("/sys/fs/cgroup/" + name) || (text && text->find(name) != text->npos);
}

}  // namespace

RUNTIME_TEST("systemd host: limits are the unit's, and there is nothing to reload", "[systemd-host]") {
    REQUIRES("systemd");
    Bundle& b = bundle().idle();
    if (has_controller("memory")) b.spec["linux"]["resources"]["memory"]["limit"] = 64 << 20;
    if (has_controller("pids")) b.spec["linux"]["resources"]["pids"]["limit"] = 50;
    b.spec["annotations"]["org.systemd.property.TimeoutStopUSec"] = "uint64 7000000";
    const auto c = run_detached(b, {}, kWithSystemd);
    const auto unit = "runc-" + c + ".scope";
    CHECK_THAT(read_file("/proc/" + std::to_string(init_pid(c)) + "/cgroup"),
               HasText("/" + default_slice() + "/" + unit + "\n"));
    CHECK(property(unit, "ActiveState") == "active");
    CHECK(property(unit, "Slice") == default_slice());
    CHECK(property(unit, "Delegate") == "yes");
    CHECK(property(unit, "TimeoutStopUSec") == "7s");
    if (has_controller("memory"))
        CHECK(property(unit, missing("cgroup-v2").empty() ? "MemoryMax" : "MemoryLimit") == "67108864");
    if (has_controller("pids")) CHECK(property(unit, "TasksMax") == "50");
    CHECK(property(unit, "NeedDaemonReload") == "no");
    if (has_controller("pids")) {
        REQUIRE_OK(call({"update", "--pids-limit", "60", c}));
        CHECK(property(unit, "TasksMax") == "60");
        CHECK(property(unit, "NeedDaemonReload") == "no");
    }
    REQUIRE_OK(call({"delete", "--force", c}));
    wait_exit(c);
    CHECK(left_units().empty());
}

RUNTIME_TEST("systemd host: a unit that failed says so until the container is deleted", "[systemd-host]") {
    REQUIRES("systemd");
    Bundle& b = bundle().idle();
    b.spec["annotations"]["org.systemd.property.RuntimeMaxSec"] = "1";
    b.spec["annotations"]["org.systemd.property.TimeoutStopSec"] = "1";
    const auto c = run_detached(b, {}, kWithSystemd);
    const auto unit = "runc-" + c + ".scope";
    wait_exit(c);
    REQUIRE(wait_until([&] { return property(unit, "ActiveState") == "failed"; }));
    CHECK(property(unit, "Result") == "timeout");
    REQUIRE_OK(call({"delete", c}));
    CHECK(left_units().empty());
}

RUNTIME_TEST(
    "systemd host: every limit is a property of the unit and in the cgroup's file, and so after update",
    "[systemd-host]") {
    REQUIRES("systemd");
    for (const auto* controller : {"v2-memory", "v2-cpu", "v2-cpuset", "v2-io", "v2-pids"})
        REQUIRES(controller);
    const auto disk = some_disk();
    REQUIRE_FALSE(disk.empty());
    Bundle& b = bundle().idle();
    auto& resources = b.spec["linux"]["resources"];
    resources["memory"] = {{"limit", 64 << 20}, {"reservation", 32 << 20}, {"swap", 96 << 20}};
    resources["cpu"] = {
        {"shares", 2048}, {"quota", 50'000}, {"period", 200'000}, {"cpus", "0"}, {"mems", "0"}};
    resources["pids"]["limit"] = 50;
    resources["blockIO"] = {{"throttleReadBpsDevice", throttle(disk, 1 << 20)},
                            {"throttleWriteBpsDevice", throttle(disk, 2 << 20)},
                            {"throttleReadIOPSDevice", throttle(disk, 300)},
                            {"throttleWriteIOPSDevice", throttle(disk, 400)}};
    const auto c = run_detached(b, {}, kWithSystemd);
    const auto unit = "runc-" + c + ".scope";
    const ContainerCgroup cgroup(init_pid(c));

    struct Limit {
        const char* property;
        std::string value;
        const char* file;
        std::string text;
    };
    const auto check = [&](const std::vector<Limit>& limits) {
        for (const auto& limit : limits) {
            CAPTURE(limit.property, limit.file);
            CHECK_THAT(property(unit, limit.property), HasText(limit.value));
            CHECK_THAT(" " + cgroup.v2(limit.file) + " ", HasText(" " + limit.text + " "));
        }
        CHECK(property(unit, "NeedDaemonReload") == "no");
    };
    const std::vector<Limit> untouched = {
        {"AllowedCPUs", "0", "cpuset.cpus", "0"},
        {"AllowedMemoryNodes", "0", "cpuset.mems", "0"},
        {"IOReadBandwidthMax", "/dev/block/" + disk + " 1048576", "io.max", "rbps=1048576"},
        {"IOWriteBandwidthMax", "/dev/block/" + disk + " 2097152", "io.max", "wbps=2097152"},
        {"IOReadIOPSMax", "/dev/block/" + disk + " 300", "io.max", "riops=300"},
        {"IOWriteIOPSMax", "/dev/block/" + disk + " 400", "io.max", "wiops=400"},
    };
    check(untouched);
    check({{"MemoryMax", "67108864", "memory.max", "67108864"},
           {"MemoryLow", "33554432", "memory.low", "33554432"},
           {"MemorySwapMax", "33554432", "memory.swap.max", "33554432"},
           {"CPUWeight", "174", "cpu.weight", "174"},
           {"CPUQuotaPerSecUSec", "250ms", "cpu.max", "50000 200000"},
           {"CPUQuotaPeriodUSec", "200ms", "cpu.max", "50000 200000"},
           {"TasksMax", "50", "pids.max", "50"}});
    REQUIRE_OK(call({"update", "--memory", "48m", "--memory-reservation", "16m", "--memory-swap", "64m",
                     "--cpu-share", "1024", "--cpu-quota", "60000", "--cpu-period", "100000", "--pids-limit",
                     "60", c}));
    const std::vector<Limit> updated = {{"MemoryMax", "50331648", "memory.max", "50331648"},
                                        {"MemoryLow", "16777216", "memory.low", "16777216"},
                                        {"MemorySwapMax", "16777216", "memory.swap.max", "16777216"},
                                        {"CPUWeight", "100", "cpu.weight", "100"},
                                        {"CPUQuotaPerSecUSec", "600ms", "cpu.max", "60000 100000"},
                                        {"CPUQuotaPeriodUSec", "100ms", "cpu.max", "60000 100000"},
                                        {"TasksMax", "60", "pids.max", "60"}};
    check(updated);
    check(untouched);
    // What systemd knows it writes again, and what it does not know it would write over.
    systemctl({"daemon-reload"});
    check(updated);
    check(untouched);
    // Refused by a file that is written after systemd was told: both are taken back.
    CHECK_FAILS(call({"update", "--memory", "32m", "--pids-limit", "70", "--cpuset-cpus", "4000", c}), 1,
                "cpuset.cpus");
    check(updated);
    check(untouched);
    REQUIRE_OK(call({"delete", "--force", c}));
    wait_exit(c);
}

RUNTIME_TEST("systemd host: daemon-reload never takes a device away, nor a limit", "[systemd-host][slow]") {
    REQUIRES("systemd");
    Bundle& b = bundle().sh(
        "n=0; while :; do { : < /dev/zero; } 2> /dev/null && { : > /dev/null; } 2> /dev/null || echo failed; "
        "n=$((n + 1)); "
        "[ $((n % 500)) = 0 ] && echo opened; done");
    b.spec["linux"]["resources"]["devices"] = json::array({{{"allow", false}, {"access", "rwm"}}});
    if (has_controller("cpu")) b.spec["linux"]["resources"]["cpu"]["shares"] = 2000;
    const auto c = run_detached(b, {}, kWithSystemd);
    const auto weight = "/sys/fs/cgroup/system.slice/runc-" + c + ".scope/cpu.weight";
    const auto before = try_read_file(weight);
    for (int i = 0; i < 50; ++i)
        systemctl({"daemon-reload"});
    const auto seen = output(c).size();
    CHECK(wait_until([&] { return output(c).size() > seen; }, 60));
    CHECK_THAT(output(c), HasText("opened") && !HasText("failed"));
    CHECK(try_read_file(weight) == before);
    CHECK(property("runc-" + c + ".scope", "NeedDaemonReload") == "no");
    REQUIRE_OK(call({"delete", "--force", c}));
    wait_exit(c);
}

RUNTIME_TEST("systemd host: 200 containers, eight at a time, half of their creators killed, leave nothing",
             "[systemd-host][slow]") {
    REQUIRES("systemd");
    REQUIRES("random-kill");
    expect_orphans();
    const char* wanted = getenv("STRESS_SYSTEMD");
    const int total = wanted ? atoi(wanted) : 200;
    std::mt19937 random(7);
    Bundle& b = bundle().idle();
    b.save();
    const auto base = id();
    const auto failed_before = systemctl({"list-units", "--failed"});
    struct Creation {
        std::string id;
        bool is_killed;
        Process process;
    };
    std::deque<Creation> running;
    int failures = 0;
    const auto finish = [&] {
        auto& creation = running.front();
        const auto created = creation.process.wait();
        if (!creation.is_killed) {
            failures += !created.ok() || !call({"start", creation.id}).ok();
            if (!created.ok()) UNSCOPED_INFO(describe(created));
        }
        const auto removed = call({"delete", "--force", creation.id});
        failures += !removed.ok();
        if (!removed.ok()) UNSCOPED_INFO(describe(removed));
        running.pop_front();
    };
    for (int i = 0; i < total; ++i) {
        if (running.size() == 8) finish();
        const auto c = base + "s" + std::to_string(i);
        running.push_back({c, i % 2 == 0, runtime().spawn({"create", "--bundle", b.dir(), c}, kWithSystemd)});
        if (!running.back().is_killed) continue;
        usleep(random() % static_cast<unsigned>(60'000 * time_scale()));
        running.back().process.signal(SIGKILL);
    }
    while (!running.empty())
        finish();
    CHECK(failures == 0);
    CHECK(fs::is_empty(state_root()));
    // What a dead creator had asked for may come to be later, and ends by itself.
    CHECK(wait_until([&] { return left_units().empty(); }, 30));
    CHECK(systemctl({"list-units", "--failed"}) == failed_before);
    CHECK(execute({"find", "/sys/fs/cgroup", "-name", "runc-" + base + "s*"}).out.empty());
    reap();
}
