// SPDX-License-Identifier: Apache-2.0
// Cgroups: paths, membership, limits read back from the kernel's files, what the limits do.
#include <sys/stat.h>
#include <unistd.h>

#include "support/container_cgroup.h"
#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

// The container's directory in a v1 hierarchy, for a bundle without cgroupsPath.
fs::path v1(const std::string& controller, const std::string& id) {
    return "/sys/fs/cgroup/" + controller + own_cgroup() + "/" + id;
}

std::string value(const fs::path& file) {
    return trimmed(read_file(file));
}

std::string cgroup_lines(pid_t pid) {
    return read_file("/proc/" + std::to_string(pid) + "/cgroup");
}

// The line of /proc/PID/cgroup about the hierarchy that has the memory controller, and where that is mounted.
std::string memory_line(const std::string& path) {
    return (ContainerCgroup::is_v2() ? "0::" : ":memory:") + path + "\n";
}
fs::path memory_dir(const std::string& path) {
    return (ContainerCgroup::is_v2() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory") + path;
}

void remove_cgroups(const std::string& end_of_path) {
    for (const auto& dir : HostSnapshot::take().cgroups)
        if (dir.ends_with(end_of_path)) rmdir(dir.c_str());
}

}  // namespace

RUNTIME_TEST("cgroups: without a path the container is below the runtime's own cgroup, under its id",
             "[cgroups]") {
    REQUIRES("cgroup-v1");
    std::string c = create(bundle().idle());
    std::string text = read_file("/proc/" + std::to_string(init_pid(c)) + "/cgroup");
    for (const char* controller : {"memory", "devices", "cpuset", "freezer", "pids", "cpu"}) {
        INFO(controller);
        CHECK_THAT(text, HasText(std::string(":") + controller + ":" + own_cgroup() + "/" + c + "\n"));
    }
    CHECK_THAT(text, HasText(":name=systemd:" + own_cgroup() + "/" + c + "\n"));
}

RUNTIME_TEST("cgroups: on v2 the container without a path is beside the runtime's own cgroup, under its id",
             "[cgroups]") {
    REQUIRES("cgroup-v2");
    REQUIRES("cgroupfs-driver");
    // A cgroup that has processes can't have children with controllers.
    const auto c = create(bundle().idle());
    CHECK_THAT(cgroup_lines(getpid()), HasText("0::" + own_cgroup() + "/tests\n"));
    CHECK_THAT(cgroup_lines(init_pid(c)), HasText("0::" + own_cgroup() + "/" + c + "\n"));
}

RUNTIME_TEST("cgroups: a hybrid host's unified hierarchy is joined too", "[cgroups]") {
    REQUIRES("cgroup-v1");
    if (!fs::exists("/sys/fs/cgroup/unified/cgroup.procs")) return;
    std::string c = create(bundle().idle());
    // By cgroup v2's rule: beside the runtime's own cgroup, not below it.
    CHECK_THAT(read_file("/proc/" + std::to_string(init_pid(c)) + "/cgroup"), HasText("0::/" + c + "\n"));
}

RUNTIME_TEST(
    "cgroups: on a hybrid host a process that left the unified hierarchy alone is killed and waited for",
    "[cgroups][kill][delete]") {
    REQUIRES("cgroup-v1");
    const std::string unified_root = "/sys/fs/cgroup/unified";
    if (!fs::exists(unified_root + "/cgroup.procs")) return;
    expect_orphans();
    for (const bool by_delete : {false, true}) {
        CAPTURE(by_delete);
        std::string c = run_detached(bundle().share_host_pids().sh("sleep 1000 & echo $!; wait"));
        REQUIRE(wait_until([&] { return !output(c).empty(); }));
        const auto child = std::stoi(output(c));
        write_file(unified_root + "/cgroup.procs", std::to_string(child));
        REQUIRE_THAT(cgroup_lines(child), HasText("0::/\n") && HasText("/" + c + "\n"));
        const auto is_gone = [&] {
            reap();
            return !fs::exists("/proc/" + std::to_string(child));
        };
        if (!by_delete) {
            REQUIRE_OK(call({"kill", "--all", c, "KILL"}));
            CHECK(wait_until(is_gone));
        }
        REQUIRE_OK(call({"delete", "--force", c}));
        CHECK(wait_until(is_gone));
    }
}

RUNTIME_TEST("cgroups: an absolute cgroupsPath counts from the hierarchy's root", "[cgroups]") {
    REQUIRES("cgroupfs-driver");
    Bundle& b = bundle().idle();
    std::string path = own_cgroup() + "/abs/deep/x";
    b.spec["linux"]["cgroupsPath"] = path;
    std::string c = create(b);
    CHECK(fs::is_directory(memory_dir(path)));
    CHECK_THAT(cgroup_lines(init_pid(c)), HasText(memory_line(path)));
    remove(c);
    CHECK_FALSE(fs::exists(memory_dir(path)));
    // The parents are not the container's to remove.
    remove_cgroups("/abs/deep");
    remove_cgroups("/abs");
}

RUNTIME_TEST("cgroups: a relative cgroupsPath hangs where one without a path does, .. does not leave it",
             "[cgroups]") {
    REQUIRES("cgroupfs-driver");
    Bundle& b = bundle().idle();
    std::string name = id();
    b.spec["linux"]["cgroupsPath"] = "rel-" + name;
    std::string c = create(b);
    CHECK_THAT(cgroup_lines(init_pid(c)), HasText(memory_line(own_cgroup() + "/rel-" + name)));
    remove(c);
    b.spec["linux"]["cgroupsPath"] = "../../rel-" + name;
    c = create(b);
    CHECK_THAT(cgroup_lines(init_pid(c)), HasText(memory_line(own_cgroup() + "/rel-" + name)));
}

RUNTIME_TEST("cgroups: one that has processes is refused", "[cgroups][errors]") {
    REQUIRES("cgroupfs-driver");
    if (is_old_runc()) return;  // 1.1 warns
    Bundle& b = bundle().idle();
    b.spec["linux"]["cgroupsPath"] = own_cgroup() + "/shared-path";
    create(b);
    CHECK_FAILS(try_create(b), 1, "container's cgroup is not empty: 1 process(es) found");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST(
    "cgroups: deleting a stopped container leaves the one alone that was created in its cgroup since",
    "[cgroups][delete]") {
    REQUIRES("cgroupfs-driver");
    Bundle& b = bundle().idle();
    const auto path = own_cgroup() + "/second-hand";
    for (const std::string below : {"", "/below"}) {
        INFO(below);
        b.spec["linux"]["cgroupsPath"] = path;
        const auto old = create(b);
        kill(old);
        wait_exit(old);
        b.spec["linux"]["cgroupsPath"] = path + below;
        const auto fresh = create(b);
        CHECK(call({"delete", old}).ok());
        CHECK(status(old).empty());
        CHECK(status(fresh) == "created");
        start(fresh);
        CHECK(status(fresh) == "running");
        kill(fresh);
        wait_exit(fresh);
        remove(fresh);
        if (!below.empty()) remove_cgroups("/second-hand");
    }
}

RUNTIME_TEST("cgroups: a frozen one is refused", "[cgroups][errors]") {
    REQUIRES("freezer");
    REQUIRES("cgroupfs-driver");
    Bundle& b = bundle().idle();
    const bool is_v2 = ContainerCgroup::is_v2();
    const auto path = own_cgroup() + "/frozen-" + id();
    const fs::path dir = (is_v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/freezer") + path;
    const auto file = dir / (is_v2 ? "cgroup.freeze" : "freezer.state");
    fs::create_directory(dir);
    write_file(file, is_v2 ? "1" : "FROZEN");
    b.spec["linux"]["cgroupsPath"] = path;
    Result result = try_create(b);
    CHECK_FAILS(result, 1, "container's cgroup unexpectedly frozen");
    // It is not the container's to remove.
    CHECK(fs::exists(dir));
    write_file(file, is_v2 ? "0" : "THAWED");
    remove_cgroups(path);
}

RUNTIME_TEST("cgroups: pids.limit is written and holds; 0 is one, negative is none", "[cgroups][pids]") {
    REQUIRES("pids");
    auto max_for = [&](const json& limit) {
        Bundle& b = bundle().idle();
        b.spec["linux"]["resources"]["pids"] = {{"limit", limit}};
        return ContainerCgroup(init_pid(create(b))).pids_max();
    };
    CHECK(max_for(123) == "123");
    CHECK(max_for(-1) == "max");
    // Before 1.4 runc took 0 for no limit.
    if (!is_old_runc()) {
        Bundle& b = bundle().idle();
        b.spec["linux"]["resources"]["pids"] = {{"limit", 0}};
        Result result = try_create(b);
        if (result.ok()) CHECK(ContainerCgroup(init_pid(last_id())).pids_max() == "1");
    }
    Bundle& b = bundle();
    b.spec["linux"]["resources"]["pids"] = {{"limit", 10}};
    json facts = probe(b, {"forks", "100"});
    CHECK(facts["forks 100"]["made"] == 9);
    CHECK(facts["forks 100"]["errno"] == "EAGAIN");
}

RUNTIME_TEST("cgroups: memory limits are written", "[cgroups][memory]") {
    REQUIRES("v1-memory");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["memory"] = {
        {"limit", 67108864}, {"reservation", 33554432}, {"disableOOMKiller", false}};
    fs::path dir = v1("memory", create(b));
    CHECK(value(dir / "memory.limit_in_bytes") == "67108864");
    CHECK(value(dir / "memory.soft_limit_in_bytes") == "33554432");
    if (fs::exists(dir / "memory.memsw.limit_in_bytes")) {
        b.spec["linux"]["resources"]["memory"] = {{"limit", 67108864}, {"swap", 134217728}};
        dir = v1("memory", create(b));
        CHECK(value(dir / "memory.memsw.limit_in_bytes") == "134217728");
    }
    if (fs::exists(dir / "memory.swappiness")) {
        b.spec["linux"]["resources"]["memory"] = {{"swappiness", 17}};
        Result result = try_create(b);
        if (result.ok()) CHECK(value(v1("memory", last_id()) / "memory.swappiness") == "17");
    }
}

RUNTIME_TEST("cgroups: a program that eats more than its memory is killed", "[cgroups][memory]") {
    REQUIRES("memory");
    Bundle& b = bundle().args({"/probe", "eat", "200"});
    b.spec["linux"]["resources"]["memory"] = {{"limit", 33554432}};
    CHECK(run(b).exit_code == 137);
    CHECK(run(b.args({"/probe", "eat", "8"})).exit_code == 0);
}

RUNTIME_TEST("cgroups: a memory limit too small to start in is explained", "[cgroups][memory][errors]") {
    REQUIRES("v1-memory");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["memory"] = {{"limit", 4096}};
    CHECK_FAILS(try_create(b), 1, "unable to set memory limit to 4096 (current usage: ");
    CHECK(status(last_id()).empty());
    if (is_runcxx()) CHECK_FAILS(try_create(b), 1, "(memory limit 4096 is below the ~");
}

RUNTIME_TEST("cgroups: a container starts within the memory that the error names as needed",
             "[cgroups][memory][nosan]") {
    REQUIRES("memory");
    if (!is_runcxx()) return;
    Bundle& b = bundle().args({"/probe", "exit", "7"});
    b.spec["linux"]["resources"]["memory"] = {{"limit", 1 << 20}};
    Result result = run(b);
    INFO(describe(result));
    CHECK(result.exit_code == 7);
}

RUNTIME_TEST("cgroups: an OOM kill during creation says which limit was reached, and leaves nothing",
             "[cgroups][memory][errors][nosan]") {
    REQUIRES("memory");
    if (!is_runcxx()) return;  // only with --debug, and without the limit
    // In the container's cgroup, while it is created.
    const json greedy = {{"path", probe_path()}, {"args", {"probe", "eat", "200"}}};
    Bundle& own = bundle().idle().hook("createContainer", greedy);
    own.spec["linux"]["resources"]["memory"] = {{"limit", 33554432}};
    CHECK_FAILS(try_create(own), 1,
                "container init was OOM-killed (memory limit too low?): memory limit 33554432 "
                "(linux.resources.memory.limit) was reached: ");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("cgroups: an OOM kill during creation by a limit above the container's says so",
             "[cgroups][memory][errors][nosan]") {
    REQUIRES("memory");
    REQUIRES("cgroupfs-driver");  // a unit's parent is a slice, where a limit would be everybody's
    if (!is_runcxx()) return;
    const json greedy = {{"path", probe_path()}, {"args", {"probe", "eat", "200"}}};
    const std::string pod = own_cgroup() + "/pod";
    const fs::path parent = memory_dir(pod);
    const auto* limit_file = ContainerCgroup::is_v2() ? "memory.max" : "memory.limit_in_bytes";
    if (ContainerCgroup::is_v2()) write_file(memory_dir(own_cgroup()) / "cgroup.subtree_control", "+memory");
    fs::create_directory(parent);
    write_file(parent / limit_file, "33554432");
    Bundle& above = bundle().idle().hook("createContainer", greedy);
    above.spec["linux"]["cgroupsPath"] = pod + "/container";
    above.spec["linux"]["resources"]["memory"] = {{"limit", 1 << 30}};
    CHECK_FAILS(try_create(above), 1,
                "not its own memory limit was reached but " + (parent / limit_file).string() +
                    ", which is 33554432: ");
    CHECK(status(last_id()).empty());
    remove_cgroups(pod);
}

RUNTIME_TEST("cgroups: with room for one process the program runs and makes none", "[cgroups][pids]") {
    REQUIRES("pids");
    REQUIRES("start-with-one-process");
    Bundle& b = bundle();
    b.spec["linux"]["resources"]["pids"] = {{"limit", 1}};
    json facts = probe(b, {"forks", "3"});
    CHECK(facts["forks 3"]["made"] == 0);
    CHECK(facts["forks 3"]["errno"] == "EAGAIN");
}

// There a stage forks, before there is the limit; a unit has it from the beginning.
RUNTIME_TEST("cgroups: with room for one process a container joins a pid namespace", "[cgroups][pids]") {
    REQUIRES("pids");
    REQUIRES("cgroupfs-driver");
    const std::string c = create(bundle().idle());
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["pids"] = {{"limit", 1}};
    b.add_namespace("pid", "/proc/" + std::to_string(init_pid(c)) + "/ns/pid");
    const std::string second = create(b);
    start(second);
    CHECK(status(second) == "running");
    // A dead pid 1 waits until everybody in its namespace has been reaped.
    kill(second, "KILL");
    CHECK(wait_exit(second) == 137);
}

RUNTIME_TEST("cgroups: swappiness out of range is refused", "[cgroups][memory][errors]") {
    REQUIRES("v1-memory");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["memory"] = {{"swappiness", 101}};
    CHECK_FAILS(try_create(b), 1, "invalid memory swappiness value: 101 (valid range is 0-100)");
}

RUNTIME_TEST("cgroups: cpu shares and quota are written", "[cgroups][cpu]") {
    REQUIRES("v1-cpu");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["cpu"] = {{"shares", 517}};
    CHECK(value(v1("cpu", create(b)) / "cpu.shares") == "517");
    b.spec["linux"]["resources"]["cpu"] = {{"shares", 1}};
    CHECK_FAILS(try_create(b), 1, "the minimum allowed cpu-shares is 2");
    CHECK(status(last_id()).empty());
    REQUIRES("v1-cpu-quota");
    b.spec["linux"]["resources"]["cpu"] = {{"quota", 40000}, {"period", 80000}};
    fs::path dir = v1("cpu", create(b));
    CHECK(value(dir / "cpu.cfs_quota_us") == "40000");
    CHECK(value(dir / "cpu.cfs_period_us") == "80000");
    b.spec["linux"]["resources"]["cpu"] = {{"quota", -1}};
    CHECK(value(v1("cpu", create(b)) / "cpu.cfs_quota_us") == "-1");
}

RUNTIME_TEST("cgroups: cpuset restricts the program, and is inherited when not given", "[cgroups][cpuset]") {
    REQUIRES("v1-cpuset");
    Bundle& b = bundle();
    b.spec["linux"]["resources"]["cpu"] = {{"cpus", "0"}, {"mems", "0"}};
    CHECK(probe(b, {"sched"})["sched"]["cpus"] == 1);
    b.idle();
    CHECK(value(v1("cpuset", create(b)) / "cpuset.cpus") == "0");
    Bundle& free = bundle().idle();
    CHECK(value(v1("cpuset", create(free)) / "cpuset.cpus") == value("/sys/fs/cgroup/cpuset/cpuset.cpus"));
}

RUNTIME_TEST("cgroups: a cpuset that does not exist is an error", "[cgroups][cpuset][errors]") {
    REQUIRES("cpuset");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["cpu"] = {{"cpus", "5000"}};
    CHECK(try_create(b).exit_code == 1);
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("cgroups: block device throttles are written", "[cgroups][blkio]") {
    REQUIRES("v1-blkio-throttle");
    const auto device = some_disk();
    if (device.empty()) return;
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["blockIO"] = {{"throttleReadBpsDevice", throttle(device, 1048576)},
                                               {"throttleWriteIOPSDevice", throttle(device, 300)}};
    fs::path dir = v1("blkio", create(b));
    CHECK(value(dir / "blkio.throttle.read_bps_device") == device + " 1048576");
    CHECK(value(dir / "blkio.throttle.write_iops_device") == device + " 300");
}

RUNTIME_TEST("cgroups: unified settings are refused on v1", "[cgroups][errors]") {
    REQUIRES("cgroup-v1");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["unified"] = {{"memory.high", "1000000"}};
    CHECK_FAILS(try_create(b), 1, "cannot use unified on cgroup v1");
}

RUNTIME_TEST("cgroups: a device rule that is none fails the create and nothing is left",
             "[cgroups][errors][rollback]") {
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["devices"] = json::array({{{"allow", false}, {"access", ""}}});
    CHECK_FAILS(try_create(b), 1, "device access at 0 field cannot be empty");
    b.spec["linux"]["resources"]["devices"] =
        json::array({{{"allow", false}, {"access", "rwm"}, {"type", "x"}}});
    CHECK_FAILS(try_create(b), 1, "invalid cgroup device type \"x\"");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("cgroups: cgroups made inside the container are removed with it", "[cgroups]") {
    REQUIRES("freezer");
    std::string c = run_detached(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    const auto dir = ContainerCgroup::is_v2() ? cgroup.v2() : cgroup.v1("freezer");
    fs::create_directories(dir / "nested/deeper");
    kill(c);
    wait_exit(c);
    remove(c);
    CHECK_FALSE(fs::exists(dir));
}

RUNTIME_TEST("cgroups: a frozen container is paused, can be killed, and delete --force thaws it",
             "[cgroups][delete]") {
    REQUIRES("freezer");
    std::string c = run_detached(bundle().idle());
    ContainerCgroup(init_pid(c)).freeze(true);
    CHECK(wait_until([&] { return status(c) == "paused"; }));
    CHECK_FAILS(call({"delete", c}), 1, "that is not stopped: paused");
    REQUIRE_OK(call({"delete", "--force", c}));
    CHECK(wait_exit(c) == 137);

    c = run_detached(bundle().idle());
    ContainerCgroup(init_pid(c)).freeze(true);
    REQUIRE_OK(call({"kill", c, "KILL"}));
    CHECK(wait_exit(c) == 137);
}

RUNTIME_TEST("cgroups: the init is in its cgroups before the program runs", "[cgroups]") {
    json facts = probe(bundle(), {"cgroup"});
    REQUIRE_FALSE(facts["cgroup"].empty());
    for (const auto& line : facts["cgroup"]) {
        INFO(line);
        // The kernel lists hierarchies of both versions even where nobody has mounted them.
        const bool is_unified = line.get<std::string>().starts_with("0::");
        const bool is_mounted = is_unified == ContainerCgroup::is_v2() ||
                                (is_unified && fs::exists("/sys/fs/cgroup/unified/cgroup.procs"));
        if (!is_mounted) continue;
        CHECK_THAT(line.get<std::string>(), HasText("/" + last_id()) || HasText("/runc-" + last_id()));
    }
}

RUNTIME_TEST("cgroups: resources of every kind together", "[cgroups]") {
    REQUIRES("v1-memory");
    REQUIRES("v1-pids");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["memory"] = {{"limit", 100000000}};
    b.spec["linux"]["resources"]["pids"] = {{"limit", 50}};
    b.spec["linux"]["resources"]["cpu"] = {{"shares", 100}, {"cpus", "0"}};
    std::string c = run_detached(b);
    CHECK(value(v1("memory", c) / "memory.limit_in_bytes") == "99999744");
    CHECK(value(v1("pids", c) / "pids.max") == "50");
    CHECK(value(v1("cpu", c) / "cpu.shares") == "100");
    CHECK(value(v1("cpuset", c) / "cpuset.cpus") == "0");
}
