// SPDX-License-Identifier: Apache-2.0
// The systemd cgroup driver with a service manager of our own (tests/fake_systemd): what is asked of it, how often, and
// what happens when it is slow, silent, mad or of another opinion.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "support/container_cgroup.h"
#include "support/fake_systemd.h"
#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

// The calls that systemd, and not a bus, was asked; what it tells about itself is one question.
Names questions(const FakeSystemd& systemd) {
    auto calls = systemd.calls();
    std::erase(calls, "Get");
    return calls;
}

std::string cgroup_lines(pid_t pid) {
    return read_file("/proc/" + std::to_string(pid) + "/cgroup");
}

bool is_v2() {
    return missing("cgroup-v2").empty();
}
// On v2 the fake's units are below this test's own cgroup, which has processes and so can give no controllers.
bool has_controllers() {
    return !is_v2();
}

// Nothing of a container, nor of a failed creation of it.
void check_nothing_left(Sandbox& sandbox, const std::string& id) {
    CHECK(sandbox.status(id).empty());
    CHECK(cgroups_named("runc-" + id + ".scope").empty());
}

}  // namespace

RUNTIME_TEST("systemd: a scope is made around init, with everything said at once, and stopped in the end",
             "[systemd][root]") {
    REQUIRES("systemd-driver");
    const FakeSystemd systemd;
    Bundle& b = bundle().idle();
    if (has_controllers()) {
        b.spec["linux"]["resources"]["memory"]["limit"] = 64 << 20;
        b.spec["linux"]["resources"]["pids"]["limit"] = 50;
    }
    b.spec["annotations"]["org.systemd.property.TimeoutStopSec"] = "5";
    b.spec["annotations"]["org.systemd.property.CollectMode"] = "'inactive'";
    const auto c = create(b, {}, systemd.options());
    const auto place = systemd.place("system.slice", "runc-" + c + ".scope");
    for (const auto* hierarchy : {":memory:", ":devices:", ":freezer:", ":name=systemd:", ":cpuset:", "0::"})
        if (is_v2() == (std::string(hierarchy) == "0::"))
            CHECK_THAT(cgroup_lines(init_pid(c)), HasText(hierarchy + place + "\n"));
    CHECK(questions(systemd) == Names{"StartTransientUnit"});

    const auto log = systemd.log();
    CHECK_THAT(log, HasText("StartTransientUnit \"runc-" + c + ".scope\" \"replace\" []\n"));
    for (const auto* line : {"Slice s \"system.slice\"", "Delegate b true", "DefaultDependencies b false",
                             "MemoryAccounting b true", "CPUAccounting b true", "TasksAccounting b true",
                             "TimeoutStopUSec t 5000000", "CollectMode s \"inactive\"", "PIDFDs ah [0]"})
        CHECK_THAT(log, HasText(std::string("  ") + line + "\n"));
    CHECK_THAT(log, HasText("  Description s \"libcontainer container " + c + "\"\n"));
    if (has_controllers())
        CHECK_THAT(log, HasText("  MemoryLimit t 67108864\n") && HasText("  TasksMax t 50\n"));
    // On v2 our own program decides alone, and keeps what hooks add to it.
    CHECK((log.find("DevicePolicy") == log.npos) == is_v2());
    if (!is_v2())
        CHECK_THAT(log, HasText("  DevicePolicy s \"strict\"\n") && HasText("(\"/dev/char/1:3\", \"rwm\")"));

    start(c);
    // Neither --systemd-cgroup nor anything else but the record says whose cgroup it is.
    CHECK(questions(systemd) == Names{"StartTransientUnit"});
    REQUIRE_OK(call({"delete", "--force", c}, {.env = systemd.options().env}));
    const auto calls = questions(systemd);
    REQUIRE(calls.size() >= 2);
    CHECK(calls[1] == "StopUnit");
    check_nothing_left(*this, c);
}

RUNTIME_TEST("systemd: a create is at most four round trips, by its own socket or a bus, and an exec none",
             "[systemd][root]") {
    REQUIRES("systemd-driver");
    for (const auto reach : {FakeSystemd::Reach::Private, FakeSystemd::Reach::Bus}) {
        const FakeSystemd systemd({}, reach);
        const auto c = create(bundle().idle(), {}, systemd.options());
        const auto calls = systemd.calls();
        const bool is_bus = reach == FakeSystemd::Reach::Bus;
        INFO(systemd.log());
        // Version and ControlGroup are asked together; AddMatch is not answered.
        CHECK(calls == (is_bus ? Names{"Hello", "AddMatch", "Get", "Get", "StartTransientUnit"}
                               : Names{"Get", "Get", "StartTransientUnit"}));
        start(c);
        // Nothing else asks it anything: `exec` least of all.
        REQUIRE_OK(call({"exec", c, "true"}, {.env = systemd.options().env}));
        REQUIRE_OK(call({"state", c}, {.env = systemd.options().env}));
        REQUIRE_OK(call({"kill", c, "KILL"}, {.env = systemd.options().env}));
        wait_exit(c);
        CHECK(systemd.calls().size() == calls.size());
        REQUIRE_OK(call({"delete", c}, {.env = systemd.options().env}));
        check_nothing_left(*this, c);
    }
}

RUNTIME_TEST("systemd: slice, prefix and name of cgroupsPath", "[systemd][root]") {
    REQUIRES("systemd-driver");
    const FakeSystemd systemd;
    Bundle& b = bundle().idle();
    b.spec["linux"]["cgroupsPath"] = "kube-pods.slice:cri:" + id();
    const auto c = create(b, {}, systemd.options());
    const auto unit = "cri-" + b.spec["linux"]["cgroupsPath"].get<std::string>().substr(20) + ".scope";
    CHECK_THAT(cgroup_lines(init_pid(c)), HasText(systemd.place("kube.slice/kube-pods.slice", unit) + "\n"));
    CHECK_THAT(systemd.log(), HasText("  Slice s \"kube-pods.slice\"\n"));
    const auto state = json::parse(read_file(state_root() / c / "state.json"));
    CHECK(state["systemd_unit"] == unit);
    CHECK(state["systemd_slice"] == "kube-pods.slice");
    REQUIRE_OK(call({"delete", "--force", c}, {.env = systemd.options().env}));
    CHECK(cgroups_named(unit).empty());
    for (const auto& [path, error] : std::initializer_list<std::pair<const char*, const char*>>{
             {"/a/b",
              "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/a/b\" "
              "instead"},
             {"a-.slice:b:c", "invalid slice name: a-.slice"}}) {
        b.spec["linux"]["cgroupsPath"] = path;
        CHECK_FAILS(try_create(b, {}, systemd.options()), 1, error);
    }
    CHECK(questions(systemd).size() <= 3);
}

RUNTIME_TEST("systemd: a unit that is a slice is made without processes, and joined", "[systemd][root]") {
    REQUIRES("systemd-driver");
    const FakeSystemd systemd;
    Bundle& b = bundle().idle();
    b.spec["linux"]["cgroupsPath"] = "own.slice::own-box.slice";
    const auto c = create(b, {}, systemd.options());
    CHECK_THAT(cgroup_lines(init_pid(c)), HasText(own_cgroup() + "/own.slice/own-box.slice\n"));
    CHECK_THAT(systemd.log(), HasText("  Wants as [\"own.slice\"]\n"));
    CHECK_THAT(systemd.log(), !HasText("PIDFDs") && !HasText("Delegate"));
    REQUIRE_OK(call({"delete", "--force", c}, {.env = systemd.options().env}));
    CHECK(cgroups_named("own-box.slice").empty());
}

RUNTIME_TEST("systemd: an old one is told in its own words", "[systemd][root]") {
    REQUIRES("systemd-driver");
    const FakeSystemd systemd({"--version", "v241-4.fc30"});
    Bundle& b = bundle().idle();
    if (has_controllers()) b.spec["linux"]["resources"]["cpu"] = {{"period", 100000}, {"cpus", "0"}};
    const auto c = create(b, {}, systemd.options());
    CHECK_THAT(systemd.log(),
               HasText("  PIDs au [" + std::to_string(init_pid(c)) + "]\n") && !HasText("PIDFDs"));
    CHECK_THAT(systemd.log(), !HasText("AllowedCPUs") && !HasText("CPUQuotaPeriodUSec"));
    REQUIRE_OK(call({"delete", "--force", c}, {.env = systemd.options().env}));
}

RUNTIME_TEST("systemd: a name that is taken by something dead is freed, by something alive refused",
             "[systemd][root]") {
    REQUIRES("systemd-driver");
    {
        const FakeSystemd systemd({"--exists", "2"});
        const auto c = create(bundle().idle(), {}, systemd.options());
        CHECK(questions(systemd) == Names{"StartTransientUnit", "ResetFailedUnit", "StartTransientUnit",
                                          "ResetFailedUnit", "StartTransientUnit"});
        REQUIRE_OK(call({"delete", "--force", c}, {.env = systemd.options().env}));
    }
    const FakeSystemd systemd({"--exists", "99"});
    CHECK_FAILS(try_create(bundle().idle(), {}, systemd.options()), 1,
                "unable to start unit \"runc-" + last_id() + ".scope\": Unit runc-" + last_id() +
                    ".scope was already loaded or has a fragment file.");
    const auto calls = questions(systemd);
    // It is not ours.
    CHECK(std::ranges::count(calls, "StopUnit") == 0);
    check_nothing_left(*this, last_id());
}

RUNTIME_TEST("systemd: a populated cgroup of that name is refused before systemd is asked for anything",
             "[systemd][root]") {
    REQUIRES("systemd-driver");
    const FakeSystemd systemd;
    Bundle& b = bundle().idle();
    b.spec["linux"]["cgroupsPath"] = "system.slice:same:name";
    const auto c = create(b, {}, systemd.options());
    CHECK_FAILS(try_create(b, {}, systemd.options()), 1,
                "container's cgroup is not empty: 1 process(es) found");
    CHECK(questions(systemd) == Names{"StartTransientUnit"});
    CHECK(status(c) == "created");
    REQUIRE_OK(call({"delete", "--force", c}, {.env = systemd.options().env}));
}

RUNTIME_TEST("systemd: a frozen cgroup of that name is refused before systemd is asked for anything",
             "[systemd][root]") {
    REQUIRES("systemd-driver");
    REQUIRES("freezer");
    const FakeSystemd systemd;
    Bundle& b = bundle().idle();
    b.spec["linux"]["cgroupsPath"] = "system.slice:frozen:name";
    const auto c = create(b, {}, systemd.options());
    const ContainerCgroup cgroup(init_pid(c));
    const bool is_v2 = ContainerCgroup::is_v2();
    const fs::path dir = is_v2 ? cgroup.v2() : cgroup.v1("freezer");
    REQUIRE_OK(call({"delete", "--force", c}, {.env = systemd.options().env}));
    fs::create_directories(dir);
    const auto file = dir / (is_v2 ? "cgroup.freeze" : "freezer.state");
    write_file(file, is_v2 ? "1" : "FROZEN");
    CHECK_FAILS(try_create(b, {}, systemd.options()), 1, "container's cgroup unexpectedly frozen");
    CHECK(fs::exists(dir));
    write_file(file, is_v2 ? "0" : "THAWED");
    fs::remove(dir);
}

RUNTIME_TEST("systemd: a job that fails, fails create and leaves nothing", "[systemd][root]") {
    REQUIRES("systemd-driver");
    const FakeSystemd systemd({"--result", "failed"});
    CHECK_FAILS(try_create(bundle().idle(), {}, systemd.options()), 1,
                "error creating systemd unit `runc-" + last_id() + ".scope`: got `failed`");
    check_nothing_left(*this, last_id());
}

RUNTIME_TEST("systemd: silence ends with the deadline, a clear error, and nothing left", "[systemd][root]") {
    REQUIRES("systemd-driver");
    struct Silence {
        const char* at;
        const char* error;
    };
    for (const auto& [at, error] :
         {Silence{"AUTH", "ask systemd: no answer on /run/systemd/private in time"},
          Silence{"Get", "ask systemd: no answer on /run/systemd/private in time"},
          Silence{"StartTransientUnit", "Timeout waiting for systemd to create runc-"}}) {
        CAPTURE(at);
        const FakeSystemd systemd({"--silent-at", at});
        const auto result = try_create(bundle().idle(), {}, systemd.options(1));
        CHECK_FAILS(result, 1, error);
        CHECK(result.seconds < 5);
        check_nothing_left(*this, last_id());
        // Whatever systemd makes of the first call when it comes to itself, it is told to stop it after that.
        if (std::string(at) == "StartTransientUnit") CHECK_THAT(systemd.log(), HasText("StopUnit"));
    }
}

RUNTIME_TEST("systemd: one that is stopped as a whole is no reason to wait for ever", "[systemd][root]") {
    REQUIRES("systemd-driver");
    const FakeSystemd systemd;
    const auto c = create(bundle().idle(), {}, systemd.options());
    systemd.stop_answering();
    const auto result = try_create(bundle().idle(), {}, systemd.options(1));
    CHECK_FAILS(result, 1, "no answer on /run/systemd/private in time");
    CHECK(result.seconds < 5);
    // A container can be deleted all the same.
    const auto removed = call({"delete", "--force", c}, {.env = systemd.options(1).env});
    REQUIRE_OK(removed);
    CHECK_THAT(plain_errors(removed),
               HasText("was not stopped, and will end when systemd sees that it is empty"));
    CHECK(removed.seconds < 5);
    check_nothing_left(*this, c);
}

RUNTIME_TEST("systemd: a slow one is waited for", "[systemd][root]") {
    REQUIRES("systemd-driver");
    const FakeSystemd systemd({"--slow", "300"});
    const auto c = create(bundle().idle(), {}, systemd.options());
    REQUIRE_OK(call({"delete", "--force", c}, {.env = systemd.options().env}));
    check_nothing_left(*this, c);
}

RUNTIME_TEST("systemd: garbage is named as such", "[systemd][root]") {
    REQUIRES("systemd-driver");
    const FakeSystemd systemd({"--garbage"});
    const auto result = try_create(bundle().idle(), {}, systemd.options(5));
    CHECK_FAILS(result, 1,
                "ask systemd: talk D-Bus on /run/systemd/private: no message begins with this byte");
    CHECK(result.seconds < 4);
    check_nothing_left(*this, last_id());
}

RUNTIME_TEST("systemd: waiting for it ends with a signal", "[systemd][root]") {
    REQUIRES("systemd-driver");
    const FakeSystemd systemd({"--silent-at", "StartTransientUnit"});
    Bundle& b = bundle().idle();
    auto process = spawn_run(b, {}, systemd.options(20));
    REQUIRE(wait_until([&] { return std::ranges::count(systemd.calls(), "StartTransientUnit") == 1; }));
    process.signal(SIGTERM);
    const auto result = process.wait();
    CHECK_FAILS(result, 1, "interrupted by signal 15");
    CHECK(result.seconds < 10);
    check_nothing_left(*this, last_id());
}

RUNTIME_TEST("systemd: after SIGKILL in the middle, delete --force stops the unit by the record",
             "[systemd][root]") {
    REQUIRES("systemd-driver");
    expect_orphans();
    const FakeSystemd systemd({"--slow", "400"});
    Bundle& b = bundle().idle();
    auto process = spawn_run(b, {}, systemd.options());
    const auto c = last_id();
    REQUIRE(wait_until([&] { return std::ranges::count(systemd.calls(), "StartTransientUnit") == 1; }));
    process.signal(SIGKILL);
    process.wait();
    REQUIRE_OK(call({"delete", "--force", c}, {.env = systemd.options().env}));
    CHECK(std::ranges::count(systemd.calls(), "StopUnit") == 1);
    // What the dead one had asked for may come to be after that, and ends by itself: its process is gone.
    CHECK(wait_until([&] { return cgroups_named("runc-" + c + ".scope").empty(); }));
    CHECK(status(c).empty());
    reap();
}

RUNTIME_TEST("systemd: a failure after the scope was made stops it", "[systemd][root]") {
    REQUIRES("systemd-driver");
    const FakeSystemd systemd;
    Bundle& b = bundle().args({"/nonexistent"});
    CHECK_FAILS(try_create(b, {}, systemd.options()), 1, "no such file or directory");
    // It would end by itself as well, some time.
    CHECK(std::ranges::count(systemd.calls(), "StopUnit") == 1);
    check_nothing_left(*this, last_id());
}

RUNTIME_TEST("systemd: what it has no word for is written to the files", "[systemd][root]") {
    REQUIRES("systemd-driver");
    REQUIRES("v1-memory");
    const FakeSystemd systemd;
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["memory"] = {{"limit", 64 << 20}, {"swappiness", 7}};
    b.spec["linux"]["resources"]["cpu"] = {{"quota", 33333}, {"period", 100000}};
    const auto c = create(b, {}, systemd.options());
    const auto place = systemd.place("system.slice", "runc-" + c + ".scope");
    CHECK(trimmed(read_file("/sys/fs/cgroup/memory" + place + "/memory.swappiness")) == "7");
    // As systemd counts: whole percents.
    CHECK_THAT(systemd.log(), HasText("  CPUQuotaPerSecUSec t 340000\n"));
    CHECK(trimmed(read_file("/sys/fs/cgroup/cpu" + place + "/cpu.cfs_quota_us")) == "34000");
    REQUIRE_OK(call({"delete", "--force", c}, {.env = systemd.options().env}));
}

RUNTIME_TEST("systemd: on v1 it cannot take devices away by writing its list again", "[systemd][root]") {
    REQUIRES("systemd-driver");
    REQUIRES("v1-devices");
    const FakeSystemd systemd;
    const auto c = create(bundle().idle(), {}, systemd.options());
    const auto place = "/sys/fs/cgroup/devices" + systemd.place("system.slice", "runc-" + c + ".scope");
    const auto before = read_file(place + "/devices.list");
    CHECK_THAT(before, HasText("c 1:3 rwm"));
    // What systemd does at a daemon-reload.
    CHECK_THROWS(write_file(place + "/devices.deny", "a"));
    CHECK(read_file(place + "/devices.list") == before);
    // What a hook for GPUs does.
    write_file(place + "/devices.allow", "c 195:0 rw");
    CHECK_THAT(read_file(place + "/devices.list"), HasText("c 195:0 rw\n"));
    REQUIRE_OK(call({"delete", "--force", c}, {.env = systemd.options().env}));
    check_nothing_left(*this, c);
}

RUNTIME_TEST("systemd: update tells it first, writes the rest, and takes both back when one refuses",
             "[systemd][root]") {
    REQUIRES("systemd-driver");
    REQUIRES("v1-memory");
    const FakeSystemd systemd;
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["memory"]["limit"] = 64 << 20;
    b.spec["linux"]["resources"]["cpu"] = {{"quota", 50000}, {"period", 100000}};
    const auto c = create(b, {}, systemd.options());
    const auto env = systemd.options().env;
    const auto place = systemd.place("system.slice", "runc-" + c + ".scope");
    const auto value = [&](const std::string& file) { return trimmed(read_file("/sys/fs/cgroup/" + file)); };
    REQUIRE_OK(call({"update", "--memory", "32m", "--cpu-quota", "33333", c}, {.env = env}));
    const auto log = systemd.log().substr(systemd.log().find("SetUnitProperties"));
    CHECK_THAT(log, HasText("SetUnitProperties \"runc-" + c + ".scope\" true\n  MemoryLimit t 33554432\n"));
    CHECK_THAT(log, HasText("  CPUQuotaPeriodUSec t 100000\n  CPUQuotaPerSecUSec t 340000\n"));
    CHECK(value("memory" + place + "/memory.limit_in_bytes") == "33554432");
    CHECK(value("cpu" + place + "/cpu.cfs_quota_us") == "34000");
    CHECK(value("freezer" + place + "/freezer.state") == "THAWED");

    // Refused by a file that is written after systemd was told.
    CHECK_FAILS(call({"update", "--memory", "16m", "--cpuset-cpus", "4000", c}, {.env = env}), 1,
                "cpuset.cpus");
    const auto after = systemd.log().substr(systemd.log().rfind("SetUnitProperties"));
    CHECK_THAT(after, HasText("  MemoryLimit t 33554432\n") && HasText("  AllowedCPUs ay []\n"));
    CHECK(value("memory" + place + "/memory.limit_in_bytes") == "33554432");
    REQUIRE_OK(call({"delete", "--force", c}, {.env = env}));
}

RUNTIME_TEST("systemd: an update that it refuses changes nothing", "[systemd][root]") {
    REQUIRES("systemd-driver");
    REQUIRES("v1-memory");
    const FakeSystemd systemd({"--property-error", "Not now."});
    const auto c = create(bundle().idle(), {}, systemd.options());
    const auto file = "/sys/fs/cgroup/memory" + systemd.place("system.slice", "runc-" + c + ".scope") +
                      "/memory.limit_in_bytes";
    const auto before = read_file(file);
    CHECK_FAILS(call({"update", "--memory", "32m", c}, {.env = systemd.options().env}), 1,
                "unable to set unit properties of \"runc-" + c + ".scope\": Not now.");
    CHECK(read_file(file) == before);
    REQUIRE_OK(call({"delete", "--force", c}, {.env = systemd.options().env}));
}

RUNTIME_TEST("systemd: a cgroup shown writable inside belongs to the container's user", "[systemd][root]") {
    REQUIRES("systemd-driver");
    REQUIRES("cgroup-v2");
    const FakeSystemd systemd;
    Bundle& b = bundle().idle();
    b.spec["process"]["user"]["uid"] = 1234;
    for (auto& mount : b.spec["mounts"])
        if (mount["destination"] == "/sys/fs/cgroup") mount["options"] = {"nosuid", "noexec", "nodev", "rw"};
    b.add_namespace("cgroup");
    const auto c = create(b, {}, systemd.options());
    const fs::path place = "/sys/fs/cgroup" + systemd.place("system.slice", "runc-" + c + ".scope");
    for (const auto* name : {".", "cgroup.procs", "cgroup.subtree_control"}) {
        struct stat facts {};
        REQUIRE(stat((place / name).c_str(), &facts) == 0);
        CHECK(facts.st_uid == 1234);
        CHECK(facts.st_gid == 0);
    }
    struct stat facts {};
    REQUIRE(stat((place / "cgroup.freeze").c_str(), &facts) == 0);
    CHECK(facts.st_uid == 0);
    REQUIRE_OK(call({"delete", "--force", c}, {.env = systemd.options().env}));
}

RUNTIME_TEST("systemd: a host without it", "[systemd]") {
    REQUIRES("systemd-driver");
    REQUIRES("no-systemd");
    CHECK_FAILS(try_create(bundle().idle(), {}, {.global = {"--systemd-cgroup"}}), 1,
                "systemd not running on this host, cannot use systemd cgroups manager");
}
