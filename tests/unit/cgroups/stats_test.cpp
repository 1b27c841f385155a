// SPDX-License-Identifier: Apache-2.0
// What the kernel writes, as `events` reports it. Folders stand in for cgroups.
#include "cgroups/stats.h"

#include "cgroups/manager.h"
#include "cgroups/meter.h"
#include "cgroups/stat_text.h"
#include "cgroups/v1/manager.h"
#include "cgroups/v2/manager.h"
#include "oci/json_value.h"
#include "support/catch.h"
#include "unit/cgroups/folder.h"
#include "unit/cgroups/live.h"

using namespace runcxx;
using namespace runcxx::cgroups;
using tests::Folder;

namespace {

constexpr auto kMax = ~std::uint64_t{0};
constexpr auto kPressure =
    "some avg10=36.09 avg60=0.10 avg300=17.17 total=83022423\nfull avg10=0.00 avg60=0.00 avg300=0.00 "
    "total=0\n";

Stats v2_stats(const Folder& folder) {
    const v2::UnifiedManager manager({.by_controller = {{"", folder.path()}}}, folder.root(), folder.path(),
                                     {});
    return manager.stats();
}

// All hierarchies in one folder.
Stats v1_stats(const Folder& folder) {
    Paths paths;
    for (const auto* name : {"cpu", "cpuacct", "cpuset", "memory", "pids", "blkio", "hugetlb", "devices"})
        paths.by_controller[name] = folder.path();
    return v1::HierarchyManager(paths, folder.root(), {}).stats();
}

}  // namespace

TEST_CASE("stat texts: numbers, lists and counters") {
    CHECK(parse_count("12\n") == 12);
    CHECK(parse_count("max\n") == kMax);
    CHECK_FALSE(parse_count("-1"));
    CHECK_FALSE(parse_count(""));
    CHECK(parse_counts("1 22  333 \n") == std::vector<std::uint64_t>{1, 22, 333});
    CHECK(parse_number_list("0-2,7\n") == std::vector<std::uint16_t>{0, 1, 2, 7});
    CHECK(parse_number_list("65535\n") == std::vector<std::uint16_t>{65535});
    CHECK(parse_number_list("\n").empty());
    CHECK(parse_number_list("3-1,x,70000,1-x,5") == std::vector<std::uint16_t>{5});
    const auto counters = parse_counters("a 1\nnuma_locality 0 0 0\nbad x\n\nb 2\n");
    CHECK(counters == Counters{{"a", 1}, {"b", 2}});
    CHECK(counter(counters, "b") == 2);
    CHECK(counter(counters, "c") == 0);
}

TEST_CASE("stat texts: pressure is as the kernel wrote it, and zero lines are none") {
    const auto pressure = parse_pressure(kPressure);
    CHECK(pressure.some == PressureLine{36.09, 0.1, 17.17, 83022423});
    CHECK_FALSE(pressure.full);
    CHECK(oci::to_json(pressure) ==
          R"({"some":{"avg10":36.09,"avg60":0.1,"avg300":17.17,"total":83022423}})");
    CHECK(oci::to_json(parse_pressure("full avg10=0.00 avg60=100.00 avg300=0.00 total=7\n")) ==
          R"({"full":{"avg10":0,"avg60":100,"avg300":0,"total":7}})");
    CHECK(parse_pressure("") == Pressure{});
    CHECK(parse_pressure("some avg10 total=x\nother\n") == Pressure{});
    // Every hundredth is the double that is nearest to it.
    for (int i = 0; i <= 10000; ++i) {
        const auto text = std::to_string(i / 100) + "." + (i % 100 < 10 ? "0" : "") + std::to_string(i % 100);
        if (parse_pressure("some total=1 avg10=" + text).some->avg10 != std::stod(text)) FAIL(text);
    }
}

TEST_CASE("stat texts: block devices") {
    CHECK(parse_blkio("8:0 Read 1\n8:16 Write 2\nTotal 3\n8:0 44\nbad line here too\n") ==
          BlkioEntries{{8, 0, "Read", 1}, {8, 16, "Write", 2}, {8, 0, "", 44}});
    BlkioStats io;
    parse_io_stat(
        "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6 cost.usage=9\n7:1 \nbad\n8:16 rbytes=7\n", io);
    CHECK(io.io_service_bytes ==
          BlkioEntries{{8, 0, "Read", 1}, {8, 0, "Write", 2}, {8, 0, "Discard", 5}, {8, 16, "Read", 7}});
    CHECK(io.io_serviced == BlkioEntries{{8, 0, "Read", 3}, {8, 0, "Write", 4}, {8, 0, "Discard", 6}});
    CHECK(huge_page_sizes({"hugetlb.2MB.max", "memory.max", "hugetlb.1GB.rsvd.max", "hugetlb.2MB.events"}) ==
          std::vector<std::string>{"1GB", "2MB"});
}

TEST_CASE("stats: the output of a container that has used nothing is what runc prints") {
    CHECK(oci::to_json(Stats{}) ==
          R"({"cpu":{},"cpuset":{"cpu_exclusive":0,"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,)"
          R"("memory_spread_page":0,"memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":0,)"
          R"("sched_relax_domain_level":0},"memory":{},"pids":{},"blkio":{},"hugetlb":{}})");
}

TEST_CASE("stats: every member has runc's name, in runc's order") {
    Stats stats;
    stats.cpu.usage = CpuUsage{.total = 1, .percpu = {1}, .percpu_kernel = {2}, .percpu_user = {3}};
    stats.cpu.throttling = Throttling{1, 2, 3};
    stats.cpuset.cpus = {0, 1};
    stats.cpuset.mems = {0};
    stats.memory.cache = 5;
    stats.memory.usage = MemoryEntry{.limit = kMax, .usage = 2, .max = 3, .failcnt = 4};
    stats.memory.swap = stats.memory.kernel = stats.memory.kernel_tcp = MemoryEntry{.limit = 1};
    stats.memory.raw = {{"rss", 0}};
    stats.memory.events = {{"oom_kill", 0}};
    stats.memory.events_local = {{"oom", 1}};
    stats.pids = {.current = 1, .limit = 2, .peak = 3};
    stats.hugetlb["2MB"] = {.usage = 1, .max = 2, .failcnt = 0};
    auto& io = stats.blkio;
    for (auto* list : {&io.io_service_bytes, &io.io_serviced, &io.io_queued, &io.io_service_time,
                       &io.io_wait_time, &io.io_merged, &io.io_time, &io.sectors})
        *list = {{8, 0, "Read", 1}};
    stats.cpu.psi = stats.memory.psi = stats.blkio.psi =
        Pressure{.some = {}, .full = PressureLine{.total = 1}};
    const std::string psi = R"("psi":{"full":{"avg10":0,"avg60":0,"avg300":0,"total":1}})";
    const std::string entry = R"(:[{"major":8,"op":"Read","value":1}])";
    const std::string limit = R"(:{"limit":1,"failcnt":0})";
    CHECK(
        oci::to_json(stats) ==
        R"({"cpu":{"usage":{"total":1,"percpu":[1],"percpu_kernel":[2],"percpu_user":[3],"kernel":0,"user":0},)"
        R"("throttling":{"periods":1,"throttledPeriods":2,"throttledTime":3},)" +
            psi +
            R"(},"cpuset":{"cpus":[0,1],"cpu_exclusive":0,"mems":[0],"mem_hardwall":0,"mem_exclusive":0,)"
            R"("memory_migrate":0,"memory_spread_page":0,"memory_spread_slab":0,"memory_pressure":0,)"
            R"("sched_load_balance":0,"sched_relax_domain_level":0},"memory":{"cache":5,)"
            R"("usage":{"limit":18446744073709551615,"usage":2,"max":3,"failcnt":4},"swap")" +
            limit + R"(,"kernel")" + limit + R"(,"kernelTCP")" + limit + R"(,"raw":{"rss":0},)" + psi +
            R"(,"events":{"oom_kill":0},"events_local":{"oom":1}},"pids":{"current":1,"limit":2,"peak":3},"blkio":{)"
            R"("ioServiceBytesRecursive")" +
            entry + R"(,"ioServicedRecursive")" + entry + R"(,"ioQueueRecursive")" + entry +
            R"(,"ioServiceTimeRecursive")" + entry + R"(,"ioWaitTimeRecursive")" + entry +
            R"(,"ioMergedRecursive")" + entry + R"(,"ioTimeRecursive")" + entry + R"(,"sectorsRecursive")" +
            entry + "," + psi + R"(},"hugetlb":{"2MB":{"usage":1,"max":2,"failcnt":0}}})");
}

TEST_CASE("stats v2: every controller's files") {
    const Folder folder{};
    folder.put(
        "cpu.stat",
        "usage_usec 1234\nuser_usec 1000\nsystem_usec 234\nnr_periods 5\nnr_throttled 2\nthrottled_usec 7\n");
    folder.put("memory.stat", "anon 10\nfile 20\n");
    folder.put("memory.current", "100\n");
    folder.put("memory.max", "1000\n");
    folder.put("memory.peak", "150\n");
    folder.put("memory.swap.current", "5\n");
    folder.put("memory.swap.max", "50\n");
    folder.put("memory.swap.peak", "6\n");
    folder.put("memory.events", "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 5\n");
    folder.put("memory.events.local", "oom_kill 1\n");
    folder.put("pids.current", "3\n");
    folder.put("pids.max", "7\n");
    folder.put("pids.peak", "4\n");
    folder.put("io.stat", "8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n");
    for (const auto* name : {"cpu.pressure", "memory.pressure", "io.pressure"})
        folder.put(name, kPressure);
    folder.put("hugetlb.2MB.current", "1\n");
    folder.put("hugetlb.2MB.rsvd.current", "2097152\n");
    folder.put("hugetlb.2MB.events", "max 9\n");
    folder.put("hugetlb.1GB.current", "7\n");
    folder.put("hugetlb.1GB.events", "max 0\n");

    const auto stats = v2_stats(folder);
    CHECK(stats.cpu.usage == CpuUsage{.total = 1234000, .kernel = 234000, .user = 1000000});
    CHECK(stats.cpu.throttling == Throttling{5, 2, 7000});
    CHECK(stats.memory.cache == 20);
    CHECK(stats.memory.raw == Counters{{"anon", 10}, {"file", 20}});
    CHECK(stats.memory.usage == MemoryEntry{.limit = 1000, .usage = 100, .max = 150});
    CHECK(stats.memory.swap == MemoryEntry{.limit = 1050, .usage = 105});
    CHECK(counter(stats.memory.events, "oom_kill") == 4);
    CHECK(stats.memory.events.size() == 5);
    CHECK(stats.memory.events_local == Counters{{"oom_kill", 1}});
    CHECK(stats.pids.current == 3);
    CHECK(stats.pids.limit == 7);
    CHECK(stats.pids.peak == 4);
    CHECK(stats.blkio.io_service_bytes.front() == BlkioEntry{8, 0, "Read", 4096});
    CHECK(stats.blkio.io_serviced.front() == BlkioEntry{8, 0, "Read", 1});
    for (const auto* psi : {&stats.cpu.psi, &stats.memory.psi, &stats.blkio.psi}) {
        REQUIRE(*psi);
        CHECK((*psi)->some == PressureLine{36.09, 0.1, 17.17, 83022423});
    }
    CHECK(stats.hugetlb == std::map<std::string, HugetlbStats>{{"2MB", {.usage = 2097152, .failcnt = 9}},
                                                               {"1GB", {.usage = 7}}});
}

TEST_CASE("stats v2: no limit is all bits, no limit of processes is 0") {
    const Folder folder{};
    folder.put("memory.stat", "");
    folder.put("memory.current", "100\n");
    folder.put("memory.max", "max\n");
    folder.put("memory.swap.current", "5\n");
    folder.put("memory.swap.max", "50\n");
    folder.put("pids.current", "3\n");
    folder.put("pids.max", "max\n");
    auto stats = v2_stats(folder);
    CHECK(stats.memory.usage == MemoryEntry{.limit = kMax, .usage = 100});
    CHECK(stats.memory.swap == MemoryEntry{.limit = kMax, .usage = 105});
    CHECK(stats.pids.limit == 0);
    folder.put("memory.max", "100\n");
    folder.put("memory.swap.max", "max\n");
    CHECK(v2_stats(folder).memory.swap == MemoryEntry{.limit = kMax, .usage = 105});
}

TEST_CASE("stats v2: without controllers processes are counted, and nothing else is claimed") {
    const Folder folder{};
    folder.put("cgroup.procs", "10\n11\n");
    const auto stats = v2_stats(folder);
    CHECK(stats.pids.current == 2);
    CHECK_FALSE(stats.cpu.usage);
    CHECK_FALSE(stats.cpu.psi);
    CHECK_FALSE(stats.memory.usage);
    CHECK_FALSE(stats.memory.swap);
    CHECK(stats.memory.events.empty());
    CHECK(stats.hugetlb.empty());
}

TEST_CASE("stats v1: every controller's files") {
    const Folder folder{};
    folder.put("cpuacct.stat", "user 3\nsystem 2\n");
    folder.put("cpuacct.usage", "777\n");
    folder.put("cpuacct.usage_percpu", "700 77 \n");
    folder.put("cpuacct.usage_all", "cpu user system\n0 600 100\n1 70 7\n");
    folder.put("cpu.stat", "nr_periods 1\nnr_throttled 2\nthrottled_time 3\n");
    folder.put("cpuset.cpus", "0-1\n");
    folder.put("cpuset.mems", "0\n");
    int value = 1;
    for (const auto* name :
         {"cpu_exclusive", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page",
          "memory_spread_slab", "memory_pressure", "sched_load_balance"})
        folder.put(std::string("cpuset.") + name, std::to_string(value++) + "\n");
    folder.put("cpuset.sched_relax_domain_level", "-1\n");
    folder.put("memory.stat", "cache 4096\nrss 1\n");
    value = 10;
    for (const auto* resource : {"memory", "memory.memsw", "memory.kmem", "memory.kmem.tcp"})
        for (const auto* what : {"limit_in_bytes", "usage_in_bytes", "max_usage_in_bytes", "failcnt"})
            folder.put(std::string(resource) + "." + what, std::to_string(value++) + "\n");
    folder.put("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 6\n");
    folder.put("pids.current", "3\n");
    folder.put("pids.max", "max\n");
    folder.put("blkio.throttle.io_serviced_recursive", "8:0 Read 5\nTotal 5\n");
    folder.put("blkio.throttle.io_service_bytes_recursive", "8:0 Read 20480\nTotal 20480\n");
    folder.put("hugetlb.2MB.usage_in_bytes", "1\n");
    folder.put("hugetlb.2MB.rsvd.usage_in_bytes", "2\n");
    folder.put("hugetlb.2MB.rsvd.max_usage_in_bytes", "3\n");
    folder.put("hugetlb.2MB.rsvd.failcnt", "4\n");
    folder.put("hugetlb.1GB.usage_in_bytes", "5\n");
    folder.put("hugetlb.1GB.max_usage_in_bytes", "6\n");
    folder.put("hugetlb.1GB.failcnt", "7\n");

    const auto stats = v1_stats(folder);
    CHECK(stats.cpu.usage == CpuUsage{.total = 777,
                                      .percpu = {700, 77},
                                      .percpu_kernel = {100, 7},
                                      .percpu_user = {600, 70},
                                      .kernel = 20000000,
                                      .user = 30000000});
    CHECK(stats.cpu.throttling == Throttling{1, 2, 3});
    CHECK(stats.cpuset.cpus == std::vector<std::uint16_t>{0, 1});
    CHECK(stats.cpuset.mems == std::vector<std::uint16_t>{0});
    CHECK(
        oci::to_json(stats.cpuset) ==
        R"({"cpus":[0,1],"cpu_exclusive":1,"mems":[0],"mem_hardwall":2,"mem_exclusive":3,"memory_migrate":4,)"
        R"("memory_spread_page":5,"memory_spread_slab":6,"memory_pressure":7,"sched_load_balance":8,)"
        R"("sched_relax_domain_level":-1})");
    CHECK(stats.memory.cache == 4096);
    CHECK(stats.memory.usage == MemoryEntry{10, 11, 12, 13});
    CHECK(stats.memory.swap == MemoryEntry{14, 15, 16, 17});
    CHECK(stats.memory.kernel == MemoryEntry{18, 19, 20, 21});
    CHECK(stats.memory.kernel_tcp == MemoryEntry{22, 23, 24, 25});
    CHECK(stats.memory.events == Counters{{"oom_kill", 6}});
    CHECK(stats.pids.current == 3);
    CHECK(stats.pids.limit == 0);
    CHECK(stats.blkio.io_serviced == BlkioEntries{{8, 0, "Read", 5}});
    CHECK(stats.blkio.io_service_bytes == BlkioEntries{{8, 0, "Read", 20480}});
    CHECK(stats.hugetlb == std::map<std::string, HugetlbStats>{{"2MB", {2, 3, 4}}, {"1GB", {5, 6, 7}}});
}

TEST_CASE("stats: an OOM kill is named only when there was one") {
    const Folder folder{};
    folder.put("memory.stat", "");
    folder.put("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n");
    folder.put("memory.events", "low 0\nhigh 1\nmax 2\noom 0\noom_kill 0\noom_group_kill 0\n");
    folder.put("memory.events.local", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n");
    CHECK(v1_stats(folder).memory.events.empty());
    CHECK(v2_stats(folder).memory.events == Counters{{"high", 1}, {"max", 2}});
    CHECK(oci::to_json(v1_stats(folder)).find("oom") == std::string::npos);
    CHECK(oci::to_json(v2_stats(folder)).find("oom") == std::string::npos);
}

TEST_CASE("stats v1: block io comes from the scheduler that has a disk") {
    const auto sources = [](std::initializer_list<const char*> files) {
        const Folder folder{};
        for (const auto* name : files)
            folder.put(name, "8:0 Read " + std::to_string(std::string_view(name).size()) + "\n");
        return v1_stats(folder).blkio;
    };
    const auto size = [](const char* name) {
        return BlkioEntries{{8, 0, "Read", std::string_view(name).size()}};
    };
    auto io = sources({"blkio.throttle.io_serviced", "blkio.throttle.io_service_bytes"});
    CHECK(io.io_serviced == size("blkio.throttle.io_serviced"));
    CHECK(io.io_service_bytes == size("blkio.throttle.io_service_bytes"));
    io = sources({"blkio.bfq.io_serviced_recursive", "blkio.throttle.io_serviced_recursive"});
    CHECK(io.io_serviced == size("blkio.bfq.io_serviced_recursive"));
    io = sources({"blkio.bfq.sectors_recursive", "blkio.bfq.io_service_time_recursive",
                  "blkio.bfq.io_wait_time_recursive", "blkio.bfq.io_merged_recursive",
                  "blkio.bfq.io_queued_recursive", "blkio.bfq.time_recursive",
                  "blkio.bfq.io_serviced_recursive"});
    CHECK(io.sectors == size("blkio.bfq.sectors_recursive"));
    CHECK(io.io_service_time == size("blkio.bfq.io_service_time_recursive"));
    CHECK(io.io_wait_time == size("blkio.bfq.io_wait_time_recursive"));
    CHECK(io.io_merged == size("blkio.bfq.io_merged_recursive"));
    CHECK(io.io_queued == size("blkio.bfq.io_queued_recursive"));
    CHECK(io.io_time == size("blkio.bfq.time_recursive"));
    io = sources({"blkio.sectors_recursive", "blkio.io_serviced_recursive"});
    CHECK(io.sectors == size("blkio.sectors_recursive"));
    CHECK(io.io_serviced == size("blkio.io_serviced_recursive"));
}

TEST_CASE("stats: a cgroup that is gone is an error") {
    CHECK_THROWS_WITH(
        v2::UnifiedManager({.by_controller = {{"", "/nowhere"}}}, Root(Root::Kind::V2), "/", {}).stats(),
        "cgroup not exist");
    Paths paths;
    paths.by_controller["devices"] = "/nowhere";
    CHECK_THROWS_WITH(v1::HierarchyManager(paths, Root(Root::Kind::V1), {}).stats(), "cgroup not exist");
    CHECK_THROWS_WITH(restore_manager({}, true)->stats(),
                      "cannot read statistics: the container has no cgroup");
}

TEST_CASE("watch v2: kills after the beginning are reported once, and so is the end") {
    const Folder folder{};
    folder.put("memory.events", "oom 9\noom_kill 2\n");
    folder.put("cgroup.events", "populated 1\nfrozen 0\n");
    const v2::UnifiedManager manager({.by_controller = {{"", folder.path()}}}, folder.root(), folder.path(),
                                     {});
    const auto watch = manager.watch();
    CHECK(watch->knows_ooms());
    std::vector<sys::PollEntry> entries;
    watch->append_entries(entries);
    CHECK(entries.size() == 2);
    CHECK(watch->look().ooms == 0);
    folder.put("memory.events", "oom 9\noom_kill 5\n");
    auto news = watch->look();
    CHECK(news.ooms == 3);
    CHECK_FALSE(news.ended);
    CHECK(watch->look().ooms == 0);
    folder.put("memory.events", "oom 9\noom_kill 6\n");
    folder.put("cgroup.events", "populated 0\nfrozen 0\n");
    news = watch->look();
    CHECK(news.ooms == 1);
    CHECK(news.ended);
}

TEST_CASE("watch v2: without a memory controller the end is still seen") {
    const Folder folder{};
    folder.put("cgroup.events", "populated 1\nfrozen 0\n");
    const v2::UnifiedManager manager({.by_controller = {{"", folder.path()}}}, folder.root(), folder.path(),
                                     {});
    const auto watch = manager.watch();
    CHECK_FALSE(watch->knows_ooms());
    CHECK_FALSE(watch->look().ended);
    folder.put("cgroup.events", "populated 0\nfrozen 0\n");
    CHECK(watch->look().ended);
}

TEST_CASE("watch live: the end of the last process wakes who waits", "[root]") {
    using namespace tests;
    NEEDS_CGROUPS();
    Live live;
    live.create();
    if (live.manager->unified_path().empty()) return;  // cgroup v1 alone does not tell
    const auto pid = live.sleeper();
    const auto watch = live.manager->watch();
    std::vector<sys::PollEntry> entries;
    watch->append_entries(entries);
    CHECK_FALSE(watch->look().ended);
    CHECK_FALSE(sys::wait_ready(entries, sys::monotonic_ms() + 20));
    kill(pid, SIGKILL);
    REQUIRE(live.ended(pid));
    CHECK(sys::wait_ready(entries, sys::monotonic_ms() + 5000));
    const auto news = watch->look();
    CHECK(news.ended);
    CHECK(news.ooms == 0);
}

TEST_CASE("watch live: the removal of a v1 cgroup ends the watch and is no OOM", "[root][v1]") {
    using namespace tests;
    NEEDS_CGROUPS();
    Live live;
    if (live.manager->paths().is_unified() || live.manager->path("memory").empty()) return;
    live.create();
    // Alone, as on a host without a cgroup2 mount.
    auto paths = live.manager->paths();
    paths.by_controller.erase("");
    const auto alone = restore_manager(paths, false);
    const auto watch = alone->watch();
    CHECK(watch->knows_ooms());
    std::vector<sys::PollEntry> entries;
    watch->append_entries(entries);
    CHECK_FALSE(watch->look().ended);
    CHECK_FALSE(sys::wait_ready(entries, sys::monotonic_ms() + 20));
    live.manager->remove();
    CHECK(sys::wait_ready(entries, sys::monotonic_ms() + 5000));
    const auto news = watch->look();
    CHECK(news.ended);
    CHECK(news.ooms == 0);
}
