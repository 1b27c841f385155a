// SPDX-License-Identifier: Apache-2.0
// events: statistics as the kernel counts them, OOM notifications, and the end of the stream.
#include <unistd.h>

#include <algorithm>

#include "support/container_cgroup.h"
#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

json value(const ContainerCgroup& cgroup, const char* controller, const char* file) {
    return json::parse(cgroup.v1(controller, file));
}

std::vector<json> events_in(const std::string& text) {
    std::vector<json> events;
    for (size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
        events.push_back(json::parse(text.substr(at, end - at)));
    return events;
}

int count(const std::vector<json>& events, const char* type) {
    return static_cast<int>(std::count_if(events.begin(), events.end(),
                                          [&](const json& event) { return event["type"] == type; }));
}

std::vector<std::string> keys(const json& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items())
        names.push_back(name);
    return names;
}

// Long enough for a small quota to bite, then memory in use, then nothing that would move a counter.
constexpr const char* kBusyThenStill =
    "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec /probe eat 20 sleep 100000";

// Two programs that each eat more than the container may have, then one that waits.
constexpr const char* kGreedyChildren =
    "until [ -e /dev/shm/go ]; do /busybox usleep 5000; done; /probe eat 200; /probe eat 200; "
    "while :; do /busybox usleep 50000; done";

void let_go(pid_t init) {
    write_file(fs::path("/proc") / std::to_string(init) / "root/dev/shm/go", "");
}

}  // namespace

RUNTIME_TEST("events: --stats prints one object with runc's members and ends", "[events]") {
    std::string c = run_detached(bundle().idle());
    Result result = call({"events", "--stats", c});
    REQUIRE_OK(result);
    CHECK(result.err.empty());
    CHECK(result.out.find('\n') == result.out.size() - 1);
    json event = json::parse(result.out);
    CHECK(keys(event) == std::vector<std::string>{"data", "id", "type"});
    CHECK(event["type"] == "stats");
    CHECK(event["id"] == c);
    // Clients that read the text rather than the JSON rely on the order.
    CHECK_THAT(result.out,
               Catch::Matchers::StartsWith("{\"type\":\"stats\",\"id\":\"" + c + "\",\"data\":{\"cpu\":{"));
    const json& data = event["data"];
    CHECK(keys(data) == std::vector<std::string>{"blkio", "cpu", "cpuset", "hugetlb", "intel_rdt", "memory",
                                                 "network_interfaces", "pids"});
    CHECK(data["network_interfaces"].is_null());
    CHECK(data["intel_rdt"] == json::object());
    CHECK(data["cpu"]["usage"]["total"].get<long long>() > 0);
    CHECK(data["pids"]["current"] == 1);
    for (const char* name :
         {"cpu_exclusive", "mem_exclusive", "mem_hardwall", "memory_migrate", "memory_pressure",
          "memory_spread_page", "memory_spread_slab", "sched_load_balance", "sched_relax_domain_level"})
        CHECK(data["cpuset"].contains(name));
}

RUNTIME_TEST("events: v1 statistics are what the kernel's files say", "[events]") {
    REQUIRES("v1-memory");
    REQUIRES("v1-pids");
    REQUIRES("v1-cpu-quota");
    Bundle& b = bundle().sh(kBusyThenStill);
    b.spec["linux"]["resources"]["memory"] = {{"limit", 67108864}};
    b.spec["linux"]["resources"]["pids"] = {{"limit", 33}};
    b.spec["linux"]["resources"]["cpu"] = {{"quota", 5000}, {"period", 50000}, {"cpus", "0"}};
    std::string c = run_detached(b);
    const ContainerCgroup cgroup(init_pid(c));
    CHECK(wait_until([&] { return value(cgroup, "memory", "memory.usage_in_bytes") > (20 << 20); }));
    // It sleeps, but the kernel may still settle accounts: the files have to be the same before and after.
    const auto files = [&] {
        std::string text;
        for (const char* name : {"usage_in_bytes", "max_usage_in_bytes", "kmem.usage_in_bytes", "stat"})
            text += read_file(cgroup.v1("memory") / (std::string("memory.") + name));
        return text + read_file(cgroup.v1("cpuacct") / "cpuacct.usage") +
               read_file(cgroup.v1("cpu") / "cpu.stat");
    };
    json data;
    REQUIRE(wait_until([&] {
        const auto before = files();
        Result result = call({"events", "--stats", c});
        REQUIRE_OK(result);
        data = json::parse(result.out)["data"];
        return before == files();
    }));
    CHECK(data["memory"]["usage"]["usage"] == value(cgroup, "memory", "memory.usage_in_bytes"));
    CHECK(data["memory"]["usage"]["limit"] == 67108864);
    CHECK(data["memory"]["usage"]["max"] == value(cgroup, "memory", "memory.max_usage_in_bytes"));
    CHECK(data["memory"]["kernel"]["usage"] == value(cgroup, "memory", "memory.kmem.usage_in_bytes"));
    if (fs::exists(cgroup.v1("memory") / "memory.memsw.usage_in_bytes"))
        CHECK(data["memory"]["swap"]["usage"] == value(cgroup, "memory", "memory.memsw.usage_in_bytes"));
    const auto raw = read_file(cgroup.v1("memory") / "memory.stat");
    CHECK(data["memory"]["raw"].size() == static_cast<size_t>(std::count(raw.begin(), raw.end(), '\n')));
    CHECK_THAT(raw, HasText("\ntotal_rss " + data["memory"]["raw"]["total_rss"].dump() + "\n"));
    CHECK(data["memory"].value("cache", 0) == data["memory"]["raw"]["cache"]);
    CHECK(data["pids"]["limit"] == 33);
    CHECK(data["cpu"]["usage"]["total"] == value(cgroup, "cpuacct", "cpuacct.usage"));
    CHECK(data["cpu"]["usage"]["percpu"].size() == data["cpu"]["usage"]["percpu_user"].size());
    CHECK(data["cpu"]["usage"]["percpu"].size() == data["cpu"]["usage"]["percpu_kernel"].size());
    const auto cpu = "\n" + read_file(cgroup.v1("cpu") / "cpu.stat");
    const json throttling = data["cpu"].value("throttling", json::object());
    CHECK(throttling.value("throttledPeriods", 0) > 0);
    CHECK_THAT(cpu, HasText("\nnr_throttled " + throttling["throttledPeriods"].dump() + "\n"));
    CHECK_THAT(cpu, HasText("\nthrottled_time " + throttling["throttledTime"].dump() + "\n"));
    CHECK(data["cpuset"]["cpus"] == json::array({0}));
    CHECK(data["cpuset"]["mems"] == json::array({0}));
    CHECK(data["cpuset"]["sched_relax_domain_level"] == -1);
}

RUNTIME_TEST("events: v2 statistics are what the kernel's files say", "[events][v2]") {
    REQUIRES("v2-memory");
    REQUIRES("v2-pids");
    REQUIRES("v2-cpu");
    Bundle& b = bundle().sh(kBusyThenStill);
    b.spec["linux"]["resources"]["memory"] = {{"limit", 67108864}, {"swap", 134217728}};
    b.spec["linux"]["resources"]["pids"] = {{"limit", 33}};
    b.spec["linux"]["resources"]["cpu"] = {{"quota", 5000}, {"period", 50000}};
    std::string c = run_detached(b);
    const ContainerCgroup cgroup(init_pid(c));
    CHECK(wait_until([&] {
        const auto stat = cgroup.v2("memory.stat");  // begins "anon 1234"
        return std::stoll(stat.substr(stat.find(' '))) > (20 << 20);
    }));
    Result result = call({"events", "--stats", c});
    REQUIRE_OK(result);
    const json data = json::parse(result.out)["data"];
    CHECK(data["memory"]["usage"]["usage"].get<long long>() > (20 << 20));
    CHECK(data["memory"]["usage"]["limit"] == 67108864);
    if (fs::exists(cgroup.v2() / "memory.swap.max")) CHECK(data["memory"]["swap"]["limit"] == 134217728);
    CHECK(data["memory"].value("cache", 0) == data["memory"]["raw"]["file"]);
    CHECK(data["memory"]["raw"]["anon"].get<long long>() > (20 << 20));
    CHECK(data["pids"]["limit"] == 33);
    CHECK(data["pids"]["current"] == 1);
    CHECK(data["cpu"]["usage"]["total"].get<long long>() % 1000 == 0);
    CHECK(data["cpu"].value("throttling", json::object()).value("throttledPeriods", 0) > 0);
    REQUIRES("stats-extras");
    CHECK(data["memory"]["usage"]["max"].get<long long>() > (20 << 20));
    CHECK_FALSE(data["memory"].contains("events"));  // nothing has happened
    CHECK_FALSE(data["memory"].contains("events_local"));
    // A new user namespace takes two more processes on the way.
    CHECK(data["pids"]["peak"] == (geteuid() == 0 ? 1 : 3));
}

RUNTIME_TEST("events: pressure is reported where the kernel keeps it, on hybrid hosts too", "[events]") {
    REQUIRES("stats-extras");
    REQUIRES("cgroup2-pressure");
    std::string c = run_detached(bundle().sh("while :; do :; done"));
    // Two processes that want one CPU, so that one of them waits.
    Bundle& b = bundle().sh("while :; do :; done & while :; do :; done");
    b.spec["linux"]["resources"]["cpu"] = {{"cpus", "0"}};
    std::string busy = ContainerCgroup::is_v2() ? c : run_detached(b);
    const auto pressure = ContainerCgroup(init_pid(busy)).v2() / "cpu.pressure";
    CHECK(wait_until([&] { return read_file(pressure).find("total=0\n") > 80; }));
    Result result = call({"events", "--stats", busy});
    REQUIRE_OK(result);
    const json psi = json::parse(result.out)["data"]["cpu"]["psi"];
    INFO(result.out << read_file(pressure));
    if (!ContainerCgroup::is_v2()) {
        CHECK(psi["some"]["total"].get<long long>() > 0);
        CHECK(keys(psi["some"]) == std::vector<std::string>{"avg10", "avg300", "avg60", "total"});
    }
    CHECK(json::parse(result.out)["data"]["memory"].contains("psi"));
    CHECK(json::parse(result.out)["data"]["blkio"].contains("psi"));
}

RUNTIME_TEST("events: huge pages are reported by their size", "[events][v2][hugetlb]") {
    REQUIRES("v2-hugetlb");
    std::string c = run_detached(bundle().idle());
    Result result = call({"events", "--stats", c});
    REQUIRE_OK(result);
    const json pages = json::parse(result.out)["data"]["hugetlb"];
    std::vector<std::string> sizes;
    for (const auto& entry : fs::directory_iterator(ContainerCgroup(init_pid(c)).v2())) {
        const auto name = entry.path().filename().string();
        if (name.starts_with("hugetlb.") && name.ends_with(".events"))
            sizes.push_back(name.substr(8, name.size() - 8 - 7));
    }
    std::sort(sizes.begin(), sizes.end());
    CHECK(keys(pages) == sizes);
    CHECK_FALSE(sizes.empty());
    for (const auto& size : sizes)
        CHECK(pages[size] == json{{"failcnt", 0}});
}

RUNTIME_TEST("events: the stream has statistics at each interval and ends with the container", "[events]") {
    std::string c = run_detached(bundle().idle());
    Process stream = runtime().spawn({"events", "--interval", "100ms", c});
    // Nothing before the first interval is over, then one line each.
    CHECK(wait_until([&] { return count(events_in(stream.out()), "stats") >= 3; }));
    CHECK(stream.running());
    kill(c);
    wait_exit(c);
    // Old runc only sees the end of a v1 cgroup.
    if (is_old_runc()) remove(c);
    const Result result = stream.wait();
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    CHECK(result.seconds > 0.3);
    CHECK(count(events_in(result.out), "oom") == 0);
    for (const auto& event : events_in(result.out))
        CHECK(event["id"] == c);
    if (!is_old_runc() && missing("memory").empty()) CHECK(result.err.empty());
}

RUNTIME_TEST("events: the default interval is five seconds", "[events]") {
    std::string c = run_detached(bundle().idle());
    Process stream = runtime().spawn({"events", c});
    CHECK(never_within(0.5, [&] { return !stream.out().empty() || !stream.running(); }));
    kill(c);
    wait_exit(c);
    if (is_old_runc()) remove(c);
    CHECK(stream.wait().out.empty());
    CHECK_THAT(call({"events", "--help"}).out, HasText("5s"));
}

RUNTIME_TEST("events: a process that the kernel kills for want of memory is reported at once",
             "[events][oom]") {
    REQUIRES("memory");
    Bundle& b = bundle().sh(kGreedyChildren);
    b.spec["linux"]["resources"]["memory"] = {{"limit", 67108864}};
    std::string c = run_detached(b);
    // Long enough that only OOM events can come.
    Process stream = runtime().spawn({"events", "--interval", "1h", c});
    pause_for(0.2);
    let_go(init_pid(c));
    CHECK(wait_until([&] { return count(events_in(stream.out()), "oom") >= 2; }));
    CHECK(status(c) == "running");
    kill(c);
    wait_exit(c);
    if (is_old_runc()) remove(c);
    const Result result = stream.wait();
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    const auto events = events_in(result.out);
    if (!is_old_runc()) CHECK(events.size() == 2);
    for (const auto& event : events)
        CHECK(event == json{{"type", "oom"}, {"id", c}});
}

RUNTIME_TEST("events: a container that is killed for want of memory is reported before the stream ends",
             "[events][oom]") {
    REQUIRES("memory");
    Bundle& b = bundle().sh("until [ -e /dev/shm/go ]; do /busybox usleep 5000; done; exec /probe eat 200");
    b.spec["linux"]["resources"]["memory"] = {{"limit", 67108864}};
    std::string c = run_detached(b);
    Process stream = runtime().spawn({"events", "--interval", "1h", c});
    pause_for(0.2);
    let_go(init_pid(c));
    CHECK(wait_exit(c) == 137);
    if (is_old_runc()) remove(c);
    const Result result = stream.wait();
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    CHECK(result.out == "{\"type\":\"oom\",\"id\":\"" + c + "\"}\n");
}

RUNTIME_TEST("events: kills of before the stream are in the statistics, not in the stream", "[events][oom]") {
    REQUIRES("memory");
    REQUIRES("stats-extras");
    Bundle& b = bundle().sh(kGreedyChildren);
    b.spec["linux"]["resources"]["memory"] = {{"limit", 67108864}};
    std::string c = run_detached(b);
    let_go(init_pid(c));
    const auto kills = [&] {
        Result result = call({"events", "--stats", c});
        REQUIRE_OK(result);
        return json::parse(result.out)["data"]["memory"].value("events", json::object()).value("oom_kill", 0);
    };
    CHECK(wait_until([&] { return kills() == 2; }));
    Process stream = runtime().spawn({"events", "--interval", "50ms", c});
    CHECK(wait_until([&] { return count(events_in(stream.out()), "stats") >= 2; }));
    kill(c);
    wait_exit(c);
    CHECK(count(events_in(stream.wait().out), "oom") == 0);
}

RUNTIME_TEST("events: works on created and paused containers, not on stopped and missing ones",
             "[events][errors]") {
    std::string c = create(bundle().idle());
    const auto pids = [&] {
        Result result = call({"events", "--stats", c});
        REQUIRE_OK(result);
        return json::parse(result.out)["data"]["pids"]["current"];
    };
    if (!is_old_runc()) CHECK(pids() == 1);
    start(c);
    CHECK(pids() == 1);
    const ContainerCgroup cgroup(init_pid(c));
    cgroup.freeze(true);
    CHECK(wait_until([&] { return status(c) == "paused"; }));
    CHECK(pids() == 1);
    cgroup.freeze(false);
    kill(c);
    wait_exit(c);
    CHECK_FAILS(call({"events", "--stats", c}), 1, "container with id " + c + " is not running");
    CHECK_FAILS(call({"events", c}), 1, "container with id " + c + " is not running");
    CHECK_FAILS(call({"events", "no-such-container"}), 1, "container does not exist");
}

RUNTIME_TEST("events: an interval has to be a time and more than nothing", "[events][cli][errors]") {
    std::string c = run_detached(bundle().idle());
    CHECK_FAILS(call({"events", "--interval", "0s", c}), 1, "duration interval must be greater than 0");
    CHECK_FAILS(call({"events", "--interval=-5s", "--stats", c}), 1,
                "duration interval must be greater than 0");
    CHECK(call({"events", "--interval", "soon", c}).exit_code == 1);
    CHECK(call({"events"}).exit_code == 1);
}

RUNTIME_TEST("events: ends when nobody reads it any more", "[events]") {
    REQUIRES("events-broken-pipe");
    std::string c = run_detached(bundle().idle());
    Pipe pipe = make_pipe();
    Options options;
    options.stdout_fd = pipe.write_end.get();
    options.deadline = 5;
    Process stream = runtime().spawn({"events", "--interval", "50ms", c}, options);
    pipe.write_end.reset();
    char first[64];
    CHECK(read(pipe.read_end.get(), first, sizeof first) > 0);
    pipe.read_end.reset();
    const Result result = stream.wait();
    CHECK_FALSE(result.timed_out);
    CHECK_THAT(plain_errors(result), HasText("write to stdout: broken pipe"));
    CHECK(status(c) == "running");
}
