// SPDX-License-Identifier: Apache-2.0
// update: every option and the JSON, read back from the kernel's files; what is refused changes nothing. The files of
// cgroup v2 are in update_v2_test.cpp; that nothing else changes is in update_random_test.cpp.
#include <signal.h>
#include <sys/resource.h>

#include <set>

#include "support/container_cgroup.h"
#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

using Names = std::set<std::string>;

}  // namespace

RUNTIME_TEST("update: cpu options change cpu files", "[update][cpu]") {
    REQUIRES("v1-cpu");
    REQUIRES("v1-cpu-quota");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    const auto value = [&](const char* file) { return cgroup.v1("cpu", file); };
    REQUIRE_OK(call({"update", "--cpu-share", "517", c}));
    CHECK(value("cpu.shares") == "517");
    REQUIRE_OK(call({"update", "--cpu-quota", "30000", "--cpu-period", "60000", c}));
    CHECK(value("cpu.cfs_quota_us") == "30000");
    CHECK(value("cpu.cfs_period_us") == "60000");
    // Half of the pair leaves the other half alone.
    REQUIRE_OK(call({"update", "--cpu-quota", "20000", c}));
    CHECK(value("cpu.cfs_quota_us") == "20000");
    CHECK(value("cpu.cfs_period_us") == "60000");
    REQUIRE_OK(call({"update", "--cpu-period", "90000", c}));
    CHECK(value("cpu.cfs_quota_us") == "20000");
    CHECK(value("cpu.cfs_period_us") == "90000");
    REQUIRE_OK(call({"update", "--cpu-quota", "-1", c}));
    CHECK(value("cpu.cfs_quota_us") == "-1");
}

RUNTIME_TEST("update: --cpu-burst and --cpu-idle change their files", "[update][cpu]") {
    REQUIRES("v1-cpu-quota");
    REQUIRES("update-burst-idle");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    const auto value = [&](const char* file) { return cgroup.v1("cpu", file); };
    if (fs::exists(cgroup.v1("cpu") / "cpu.cfs_burst_us")) {
        REQUIRE_OK(call({"update", "--cpu-quota", "50000", "--cpu-burst", "10000", c}));
        CHECK(value("cpu.cfs_burst_us") == "10000");
        // Another update does not touch it (opencontainers/runc#4210).
        REQUIRE_OK(call({"update", "--cpu-share", "300", c}));
        CHECK(value("cpu.cfs_burst_us") == "10000");
        REQUIRE_OK(call({"update", "--cpu-burst", "0", c}));
        CHECK(value("cpu.cfs_burst_us") == "0");
    }
    if (fs::exists(cgroup.v1("cpu") / "cpu.idle")) {
        REQUIRE_OK(call({"update", "--cpu-idle", "1", c}));
        CHECK(value("cpu.idle") == "1");
        REQUIRE_OK(call({"update", "--cpu-idle", "0", c}));
        CHECK(value("cpu.idle") == "0");
    }
}

RUNTIME_TEST("update: real-time options change their files", "[update][cpu]") {
    REQUIRES("v1-cpu-rt");
    // A group gets its runtime out of its parent's, and a new one has none.
    const fs::path budget = "/sys/fs/cgroup/cpu" + own_cgroup() + "/cpu.rt_runtime_us";
    write_file(budget, "20000");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    REQUIRE_OK(call({"update", "--cpu-rt-period", "900000", c}));
    CHECK(cgroup.v1("cpu", "cpu.rt_period_us") == "900000");
    REQUIRE_OK(call({"update", "--cpu-rt-runtime", "9000", c}));
    CHECK(cgroup.v1("cpu", "cpu.rt_runtime_us") == "9000");
    // The new period alone would be too short for the old runtime, the new runtime too long for the old period;
    // runc 1.1 does not try again.
    for (const char* period : {"500000", "900000", "600000"}) {
        if (is_old_runc()) break;
        const auto runtime = std::to_string(std::stoi(period) / 50);
        REQUIRE_OK(call({"update", "--cpu-rt-period", period, "--cpu-rt-runtime", runtime, c}));
        CHECK(cgroup.v1("cpu", "cpu.rt_period_us") == period);
        CHECK(cgroup.v1("cpu", "cpu.rt_runtime_us") == runtime);
    }
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

RUNTIME_TEST("update: a real-time runtime that the kernel refuses is named", "[update][cpu][errors]") {
    REQUIRES("v1-cpu-rt");
    std::string c = create(bundle().idle());
    // Longer than the period.
    CHECK_FAILS(call({"update", "--cpu-rt-runtime", "2000000", c}), 1,
                "failed to write \"2000000\": write " +
                    (ContainerCgroup(init_pid(c)).v1("cpu") / "cpu.rt_runtime_us").string());
}

RUNTIME_TEST("update: cpuset options change what the program may use", "[update][cpuset]") {
    REQUIRES("v1-cpuset");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    REQUIRE_OK(call({"update", "--cpuset-cpus", "0", "--cpuset-mems", "0", c}));
    CHECK(cgroup.v1("cpuset", "cpuset.cpus") == "0");
    CHECK(cgroup.v1("cpuset", "cpuset.mems") == "0");
    CHECK_THAT(read_file("/proc/" + std::to_string(init_pid(c)) + "/status"),
               HasText("Cpus_allowed_list:\t0\n"));
    // Not named: not reset.
    REQUIRE_OK(call({"update", "--cpu-share", "300", c}));
    CHECK(cgroup.v1("cpuset", "cpuset.cpus") == "0");
    CHECK_FAILS(call({"update", "--cpuset-cpus", "5000", c}), 1, "cpuset.cpus");
}

RUNTIME_TEST("update: memory options change memory files", "[update][memory]") {
    REQUIRES("v1-memory");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    const auto value = [&](const char* file) { return cgroup.v1("memory", file); };
    REQUIRE_OK(call({"update", "--memory", "64M", "--memory-reservation", "32m", c}));
    CHECK(value("memory.limit_in_bytes") == "67108864");
    CHECK(value("memory.soft_limit_in_bytes") == "33554432");
    REQUIRES("v1-memory-swap");
    // Up and down again, though one limit may never pass the other.
    for (const char* size : {"64M", "96M", "1G", "48M", "512M", "32M"}) {
        REQUIRE_OK(call({"update", "--memory", size, "--memory-swap", size, c}));
        CHECK(value("memory.limit_in_bytes") == value("memory.memsw.limit_in_bytes"));
    }
    CHECK(value("memory.limit_in_bytes") == "33554432");
    REQUIRE_OK(call({"update", "--memory-swap", "-1", c}));
    CHECK(value("memory.memsw.limit_in_bytes") == "9223372036854771712");
    REQUIRE_OK(call({"update", "--memory", "32M", "--memory-swap", "64M", c}));
    REQUIRE_OK(call({"update", "--memory", "-1", c}));
    CHECK(value("memory.limit_in_bytes") == "9223372036854771712");
    CHECK(value("memory.memsw.limit_in_bytes") == "9223372036854771712");
}

RUNTIME_TEST("update: a memory limit below what is used is refused with the usage",
             "[update][memory][errors]") {
    REQUIRES("v1-memory");
    std::string c = run_detached(bundle().args({"/probe", "eat", "20", "sleep", "1000"}));
    const ContainerCgroup cgroup(init_pid(c));
    CHECK(wait_until([&] { return std::stoll(cgroup.v1("memory", "memory.usage_in_bytes")) > (20 << 20); }));
    const auto before = cgroup.v1("memory", "memory.limit_in_bytes");
    CHECK_FAILS(call({"update", "--memory", "4k", c}), 1,
                "unable to set memory limit to 4096 (current usage: ");
    CHECK(cgroup.v1("memory", "memory.limit_in_bytes") == before);
    kill(c);
}

RUNTIME_TEST("update: a smaller limit holds for the program", "[update][memory]") {
    REQUIRES("memory");
    Bundle& b = bundle().sh("until [ -e /dev/shm/go ]; do /busybox usleep 5000; done; /probe eat 100");
    std::string c = run_detached(b);
    REQUIRE_OK(call({"update", "--memory", "32M", c}));
    write_file(fs::path("/proc") / std::to_string(init_pid(c)) / "root/dev/shm/go", "");
    CHECK(wait_exit(c) == 137);
}

RUNTIME_TEST("update: --pids-limit is written; 0 is one, negative is none", "[update][pids]") {
    REQUIRES("pids");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    REQUIRE_OK(call({"update", "--pids-limit", "123", c}));
    CHECK(cgroup.pids_max() == "123");
    REQUIRE_OK(call({"update", "--pids-limit=-1", c}));
    CHECK(cgroup.pids_max() == "max");
    if (is_old_runc()) return;  // takes 0 for no limit
    REQUIRE_OK(call({"update", "--pids-limit", "0", c}));
    CHECK(cgroup.pids_max() == "1");
}

RUNTIME_TEST("update: --blkio-weight is written", "[update][blkio]") {
    REQUIRES("v1-blkio-throttle");
    std::string c = create(bundle().idle());
    const fs::path dir = ContainerCgroup(init_pid(c)).v1("blkio");
    const fs::path file = fs::exists(dir / "blkio.weight") ? dir / "blkio.weight" : dir / "blkio.bfq.weight";
    if (!fs::exists(file)) return;
    REQUIRE_OK(call({"update", "--blkio-weight", "517", c}));
    CHECK(trimmed(read_file(file)) == "517");
    CHECK_FAILS(call({"update", "--blkio-weight", "2000", c}), 1, "failed to write");
    CHECK(trimmed(read_file(file)) == "517");
}

RUNTIME_TEST("update: -r takes JSON from stdin, and other options do not count then", "[update][json]") {
    REQUIRES("v1-memory");
    REQUIRES("v1-pids");
    REQUIRES("v1-cpu");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    const auto shares = cgroup.v1("cpu", "cpu.shares");
    Options json_input;
    json_input.input =
        R"({"memory":{"limit":67108864,"reservation":33554432},"pids":{"limit":44},"unknown":1})";
    REQUIRE_OK(call({"update", "--resources=-", "--cpu-share", "999", "--pids-limit", "7", c}, json_input));
    CHECK(cgroup.v1("memory", "memory.limit_in_bytes") == "67108864");
    CHECK(cgroup.v1("memory", "memory.soft_limit_in_bytes") == "33554432");
    CHECK(cgroup.v1("pids", "pids.max") == "44");
    CHECK(cgroup.v1("cpu", "cpu.shares") == shares);
}

RUNTIME_TEST("update: -r takes JSON from a file; all of cpu and block io", "[update][json]") {
    REQUIRES("v1-cpu-quota");
    REQUIRES("v1-blkio-throttle");
    const auto device = some_disk();
    if (device.empty()) return;
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    json resources = {
        {"cpu", {{"shares", 700}, {"quota", 25000}, {"period", 75000}, {"cpus", "0"}, {"mems", "0"}}},
        {"blockIO",
         {{"throttleReadBpsDevice", throttle(device, 1048576)},
          {"throttleWriteBpsDevice", throttle(device, 2097152)},
          {"throttleReadIOPSDevice", throttle(device, 300)},
          {"throttleWriteIOPSDevice", throttle(device, 400)}}}};
    write_file(temp("resources.json"), resources.dump());
    REQUIRE_OK(call({"update", "-r", temp("resources.json"), c}));
    CHECK(cgroup.v1("cpu", "cpu.shares") == "700");
    CHECK(cgroup.v1("cpu", "cpu.cfs_quota_us") == "25000");
    CHECK(cgroup.v1("cpu", "cpu.cfs_period_us") == "75000");
    CHECK(cgroup.v1("cpuset", "cpuset.cpus") == "0");
    // Throttles came to the JSON of update with runc 1.2.
    if (is_old_runc()) return;
    CHECK(cgroup.v1("blkio", "blkio.throttle.read_bps_device") == device + " 1048576");
    CHECK(cgroup.v1("blkio", "blkio.throttle.write_bps_device") == device + " 2097152");
    CHECK(cgroup.v1("blkio", "blkio.throttle.read_iops_device") == device + " 300");
    CHECK(cgroup.v1("blkio", "blkio.throttle.write_iops_device") == device + " 400");
    if (!is_runcxx()) return;
    // A refusal afterwards takes back a limit on this device, and leaves the others.
    resources = {{"blockIO",
                  {{"throttleReadBpsDevice", throttle(device, 7)},
                   {"throttleWriteIOPSDevice", {{{"major", 4095}, {"minor", 4095}, {"rate", 1}}}}}}};
    write_file(temp("resources.json"), resources.dump());
    CHECK(call({"update", "-r", temp("resources.json"), c}).exit_code == 1);
    CHECK(cgroup.v1("blkio", "blkio.throttle.read_bps_device") == device + " 1048576");
    CHECK(cgroup.v1("blkio", "blkio.throttle.write_iops_device") == device + " 400");
}

RUNTIME_TEST("update: JSON that cannot be read changes nothing", "[update][json][errors]") {
    REQUIRES("pids");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    const auto before = cgroup.settings();
    Options input;
    for (const char* text : {"", "{", "[]", R"({"pids":{"limit":"many"}})", R"({"memory":{"limit":1.5}})"}) {
        input.input = text;
        CHECK(call({"update", "-r", "-", c}, input).exit_code == 1);
    }
    CHECK_FAILS(call({"update", "-r", temp("missing.json"), c}), 1, "no such file or directory");
    CHECK(differences(before, cgroup.settings()) == Names{});
}

RUNTIME_TEST("update: resources that only the JSON has: swappiness, the OOM killer, classes",
             "[update][json]") {
    REQUIRES("v1-memory");
    REQUIRES("update-all-fields");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    Options input;
    input.input = R"({"memory":{"swappiness":17,"disableOOMKiller":true}})";
    REQUIRE_OK(call({"update", "-r", "-", c}, input));
    CHECK(cgroup.v1("memory", "memory.swappiness") == "17");
    CHECK_THAT(cgroup.v1("memory", "memory.oom_control"), HasText("oom_kill_disable 1"));
    input.input = R"({"memory":{"disableOOMKiller":false}})";
    REQUIRE_OK(call({"update", "-r", "-", c}, input));
    CHECK_THAT(cgroup.v1("memory", "memory.oom_control"), HasText("oom_kill_disable 0"));
    input.input = R"({"memory":{"swappiness":101}})";
    CHECK_FAILS(call({"update", "-r", "-", c}, input), 1, "invalid memory swappiness value: 101");
    input.input = R"({"unified":{"memory.high":"1000000"}})";
    CHECK_FAILS(call({"update", "-r", "-", c}, input), 1, "cannot use unified on cgroup v1");
}

RUNTIME_TEST("update: device rules are left alone", "[update][devices]") {
    REQUIRES("v1-devices");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    const auto before = read_file(cgroup.v1("devices") / "devices.list");
    Options input;
    input.input = R"({"devices":[{"allow":true,"type":"a","access":"rwm"}],"cpu":{"shares":300}})";
    REQUIRE_OK(call({"update", "-r", "-", c}, input));
    CHECK(read_file(cgroup.v1("devices") / "devices.list") == before);
}

RUNTIME_TEST("update: when one setting is refused, all are what they were", "[update][rollback][errors]") {
    REQUIRES("v1-blkio-throttle");
    REQUIRES("v1-memory");
    REQUIRES("update-rollback");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["memory"] = {{"limit", 67108864}};
    b.spec["linux"]["resources"]["cpu"] = {{"shares", 300}, {"quota", 30000}, {"period", 60000}};
    b.spec["linux"]["resources"]["pids"] = {{"limit", 50}};
    std::string c = create(b);
    const ContainerCgroup cgroup(init_pid(c));
    const auto before = cgroup.settings();
    const auto record = read_file(state_root() / c / "state.json");
    Options input;
    input.input = R"({"memory":{"limit":33554432,"reservation":1048576},
                      "cpu":{"shares":5000,"quota":400000,"period":500000,"cpus":"0","idle":1},"pids":{"limit":5},
                      "blockIO":{"throttleReadBpsDevice":[{"major":4095,"minor":4095,"rate":1}]}})";
    CHECK_FAILS(call({"update", "-r", "-", c}, input), 1, "blkio.throttle.read_bps_device");
    CHECK(differences(before, cgroup.settings()) == Names{});
    CHECK(read_file(state_root() / c / "state.json") == record);
}

RUNTIME_TEST("update: when the record cannot be written, the limits are what they were",
             "[update][rollback][errors]") {
    REQUIRES("pids");
    REQUIRES("update-rollback");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    const auto before = cgroup.settings();
    const fs::path record = state_root() / c / "state.json";
    Options full;
    full.in_child = [] {
        // No file may grow: what the record's temporary copy needs.
        struct rlimit none {
            0, 0
        };
        setrlimit(RLIMIT_FSIZE, &none);
        signal(SIGXFSZ, SIG_IGN);
    };
    const auto text = read_file(record);
    CHECK(call({"update", "--pids-limit", "77", c}, full).exit_code == 1);
    CHECK(differences(before, cgroup.settings()) == Names{});
    CHECK(read_file(record) == text);
}

RUNTIME_TEST("update: the record keeps what is in force, as runc merges it", "[update][state]") {
    REQUIRES("v1-cpu-quota");
    REQUIRES("update-record");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["memory"] = {{"limit", 67108864}};
    b.spec["linux"]["resources"]["cpu"] = {
        {"shares", 300}, {"quota", 30000}, {"period", 60000}, {"cpus", "0"}};
    std::string c = create(b);
    const auto recorded = [&] {
        return json::parse(read_file(state_root() / c / "state.json"))["resources"];
    };
    CHECK(recorded()["memory"] == json{{"limit", 67108864}});
    CHECK(recorded()["cpu"]["cpus"] == "0");
    CHECK_FALSE(recorded().contains("devices"));
    REQUIRE_OK(call({"update", "--cpu-quota", "20000", "--pids-limit", "5", c}));
    CHECK(recorded()["cpu"] == json{{"shares", 300}, {"quota", 20000}, {"period", 60000}});
    CHECK(recorded()["memory"] == json{{"limit", 67108864}});
    CHECK(recorded()["pids"] == json{{"limit", 5}});
    // The kernel was not told to forget.
    CHECK(ContainerCgroup(init_pid(c)).v1("cpuset", "cpuset.cpus") == "0");
    CHECK(status(c) == "created");
}

RUNTIME_TEST("update: works on created, running and paused containers, not on stopped and missing ones",
             "[update][errors]") {
    REQUIRES("pids");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    const auto limit = [&](const char* value) {
        REQUIRE_OK(call({"update", "--pids-limit", value, c}));
        CHECK(cgroup.pids_max() == value);
    };
    limit("100");
    start(c);
    limit("101");
    cgroup.freeze(true);
    CHECK(wait_until([&] { return status(c) == "paused"; }));
    limit("102");
    CHECK(status(c) == "paused");
    cgroup.freeze(false);
    kill(c);
    wait_exit(c);
    CHECK_FAILS(call({"update", "--pids-limit", "5", c}), 1, "container not running");
    CHECK_FAILS(call({"update", "--pids-limit", "5", "no-such-container"}), 1, "container does not exist");
    // The container is looked for before the options are.
    CHECK_FAILS(call({"update", "--memory", "x", "no-such-container"}), 1, "container does not exist");
}

RUNTIME_TEST("update: waits for another command on the container", "[update]") {
    REQUIRES("pids");
    REQUIRES("intent-record");
    std::string c = create(bundle().idle());
    Process holder({"/usr/bin/flock", state_root() / c, "sleep", "0.3"});
    CHECK(wait_until([&] {
        Process probe({"/usr/bin/flock", "--nonblock", state_root() / c, "true"});
        return probe.wait().exit_code != 0;
    }));
    const Result result = call({"update", "--pids-limit", "5", c});
    REQUIRE_OK(result);
    CHECK_FALSE(holder.running());
    holder.wait();
}

RUNTIME_TEST("update: wrong values are named, options may follow the id", "[update][cli][errors]") {
    std::string c = create(bundle().idle());
    const auto fails = [&](const char* option, const char* value, const std::string& text) {
        CHECK_FAILS(call({"update", option, value, c}), 1, text);
    };
    fails("--memory", "12x",
          is_old_runc() ? "invalid value for memory: " : "invalid value for memory: invalid suffix: 'x'");
    fails("--memory-swap", "abc", "invalid value for memory-swap: ");
    fails("--memory-reservation", "x", "invalid value for memory-reservation: ");
    for (const char* name : {"cpu-period", "cpu-share", "cpu-rt-period"})
        fails(("--" + std::string(name)).c_str(), "-1",
              "invalid value for " + std::string(name) + ": strconv.ParseUint: ");
    for (const char* name : {"cpu-quota", "cpu-rt-runtime"})
        fails(("--" + std::string(name)).c_str(), "x",
              "invalid value for " + std::string(name) + ": strconv.ParseInt: ");
    if (!is_old_runc()) {
        fails("--cpu-burst", "-1", "invalid value for cpu-burst: strconv.ParseUint: ");
        fails("--cpu-idle", "x", "invalid value for cpu-idle: strconv.ParseInt: ");
    }
    fails("--pids-limit", "x", "pids-limit");
    fails("--blkio-weight", "x", "blkio-weight");
    CHECK(call({"update"}).exit_code == 1);
    CHECK(call({"update", c, "b"}).exit_code == 1);
    REQUIRES("v1-cpu");
    if (!is_old_runc()) REQUIRE_OK(call({"update", c, "--cpu-share", "300"}));
}

RUNTIME_TEST("update: kernel memory only gives a warning, Intel RDT is refused where there is none",
             "[update][errors]") {
    REQUIRES("memory");
    std::string c = create(bundle().idle());
    const auto before = ContainerCgroup(init_pid(c)).settings();
    for (const char* name : {"--kernel-memory", "--kernel-memory-tcp"}) {
        Result result = call({"update", name, "50M", c});
        INFO(describe(result));
        CHECK(result.exit_code == 0);
        CHECK_THAT(plain_errors(result), HasText("ernel memory settings are ignored"));
    }
    CHECK(differences(before, ContainerCgroup(init_pid(c)).settings()) == Names{});
    REQUIRES("no-rdt");
    CHECK_FAILS(call({"update", "--l3-cache-schema", "L3:0=f", c}), 1,
                "Intel RDT/CAT: l3 cache schema is not enabled");
    CHECK_FAILS(call({"update", "--mem-bw-schema", "MB:0=50", c}), 1,
                "Intel RDT/MBA: memory bandwidth schema is not enabled");
}
