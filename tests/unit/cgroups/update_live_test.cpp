// SPDX-License-Identifier: Apache-2.0
// Updates of real cgroup v1 controllers: the kernel accepts every step on the way from one legal state to any
// other, and a failed update leaves every file as it was.
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "support/catch.h"
#include "unit/cgroups/live.h"

using namespace runcxx;
using namespace runcxx::tests;
using cgroups::DeviceRules;
namespace fs = std::filesystem;

namespace {

bool has_v1(const Live& live, const char* controller) {
    return !live.manager->paths().is_unified() && !live.manager->path(controller).empty();
}

void update(Live& live, const oci::Resources& named) {
    Rollback undo;
    live.manager->update_resources(named, {}, undo);
    undo.commit();
}

std::string line(const std::string& path) {
    auto text = contents(path);
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

void put(const std::string& path, const std::string& text) {
    std::ofstream file(path);
    file << text << std::flush;
    INFO(path << " <- " << text);
    REQUIRE(file.good());
}

// Every file that holds a setting: those that can be written, but for what changes by itself.
std::map<std::string, std::string> settings(const Live& live) {
    const auto is_live = [](const std::string& name) {
        for (const auto* part : {"cgroup.", "usage", "failcnt", "tasks", "force_empty", "pressure", "peak",
                                 "reset_stats", "notify_on_release"})
            if (name.find(part) != name.npos) return true;
        return false;
    };
    std::map<std::string, std::string> found;
    for (const auto& [controller, path] : live.manager->paths().by_controller)
        for (const auto& entry : fs::directory_iterator(path)) {
            struct stat facts {};
            if (!entry.is_regular_file() || is_live(entry.path().filename())) continue;
            if (stat(entry.path().c_str(), &facts) == 0 && (facts.st_mode & S_IWUSR) &&
                (facts.st_mode & S_IRUSR))
                found[entry.path()] = contents(entry.path());
        }
    return found;
}

}  // namespace

TEST_CASE("update live: quota and period change in whatever order their neighbours allow", "[root][v1]") {
    NEEDS_CGROUPS();
    Live live({}, "/a");
    if (!has_v1(live, "cpu")) return;
    live.create();
    const auto path = live.manager->path("cpu");
    const auto quota_file = path + "/cpu.cfs_quota_us", period_file = path + "/cpu.cfs_period_us";
    // The parent allows 50 % of a CPU, and a group below has 10 %: the way has to stay in between.
    put(fs::path(path).parent_path() / "cpu.cfs_quota_us", "50000");
    put(quota_file, "20000");
    mkdir((path + "/below").c_str(), 0755);
    put(path + "/below/cpu.cfs_quota_us", "10000");

    struct Pair {
        std::int64_t quota;
        std::uint64_t period;
    };
    std::vector<Pair> pairs;
    for (const std::uint64_t period : {10'000, 50'000, 200'000, 1'000'000})
        for (const std::uint64_t percent : {10, 30, 50})
            pairs.push_back({static_cast<std::int64_t>(period * percent / 100), period});
    for (const auto& from : pairs)
        for (const auto& to : pairs) {
            INFO(from.quota << "/" << from.period << " -> " << to.quota << "/" << to.period);
            update(live, {.cpu = {.quota = from.quota, .period = from.period}});
            REQUIRE_NOTHROW(update(live, {.cpu = {.quota = to.quota, .period = to.period}}));
            REQUIRE(line(quota_file) == std::to_string(to.quota));
            REQUIRE(line(period_file) == std::to_string(to.period));
        }
    // Above the parent's share: refused, and undone along the same way.
    Rollback undo;
    update(live, {.cpu = {.quota = 2000, .period = 10'000}});
    CHECK_THROWS(live.manager->update_resources({.cpu = {.quota = 600'000, .period = 1'000'000}}, {}, undo));
    CHECK(undo.undo().empty());
    CHECK(line(quota_file) == "2000");
    CHECK(line(period_file) == "10000");
    rmdir((path + "/below").c_str());
}

TEST_CASE("update live: burst changes with the quota that bounds it", "[root][v1]") {
    NEEDS_CGROUPS();
    Live live;
    if (!has_v1(live, "cpu")) return;
    live.create();
    const auto path = live.manager->path("cpu");
    if (access((path + "/cpu.cfs_burst_us").c_str(), F_OK) != 0) return;  // Linux 5.14
    for (const std::uint64_t quota : {20'000, 90'000, 5'000, 40'000}) {
        REQUIRE_NOTHROW(update(live, {.cpu = {.quota = static_cast<std::int64_t>(quota), .burst = quota}}));
        CHECK(line(path + "/cpu.cfs_quota_us") == std::to_string(quota));
        CHECK(line(path + "/cpu.cfs_burst_us") == std::to_string(quota));
    }
}

TEST_CASE("update live: shares and idle are written in the order that the kernel takes", "[root][v1]") {
    NEEDS_CGROUPS();
    Live live;
    if (!has_v1(live, "cpu")) return;
    live.create();
    const auto path = live.manager->path("cpu");
    if (access((path + "/cpu.idle").c_str(), F_OK) != 0) return;  // Linux 5.15
    for (int round = 0; round < 2; ++round) {
        update(live, {.cpu = {.shares = 600, .idle = 0}});
        CHECK(line(path + "/cpu.idle") == "0");
        CHECK(line(path + "/cpu.shares") == "600");
        update(live, {.cpu = {.shares = 700, .idle = 1}});
        CHECK(line(path + "/cpu.idle") == "1");
    }
}

TEST_CASE("update live: a memory and a swap limit change in either direction", "[root][v1]") {
    NEEDS_CGROUPS();
    Live live;
    if (!has_v1(live, "memory")) return;
    live.create();
    const auto path = live.manager->path("memory");
    const auto swap_file = path + "/memory.memsw.limit_in_bytes";
    if (access(swap_file.c_str(), F_OK) != 0) return;
    struct Pair {
        std::int64_t limit, swap;
    };
    constexpr std::int64_t kMega = 1 << 20;
    const Pair pairs[] = {{8, 8}, {8, 64}, {32, 32}, {32, 64}, {64, 64}, {16, 16}, {4, 5}};
    for (const auto& from : pairs)
        for (const auto& to : pairs) {
            INFO(from.limit << "/" << from.swap << " -> " << to.limit << "/" << to.swap);
            update(live, {.memory = {.limit = from.limit * kMega, .swap = from.swap * kMega}});
            REQUIRE_NOTHROW(update(live, {.memory = {.limit = to.limit * kMega, .swap = to.swap * kMega}}));
            REQUIRE(line(path + "/memory.limit_in_bytes") == std::to_string(to.limit * kMega));
            REQUIRE(line(swap_file) == std::to_string(to.swap * kMega));
        }
    update(live, {.memory = {.limit = -1, .swap = 0}});
    CHECK(line(swap_file) == "9223372036854771712");
    update(live, {.memory = {.limit = 8 * kMega}});
    CHECK_THROWS_WITH(update(live, {.memory = {.swap = 4 * kMega}}),
                      Catch::EndsWith("invalid argument (the memory limit, now 8388608, must not exceed the "
                                      "memory+swap limit, now 9223372036854771712)"));
}

TEST_CASE("update live: the OOM killer is switched off and on", "[root][v1]") {
    NEEDS_CGROUPS();
    Live live;
    if (!has_v1(live, "memory")) return;
    live.create();
    const auto file = live.manager->path("memory") + "/memory.oom_control";
    update(live, {.memory = {.disable_oom_killer = true}});
    CHECK_THAT(contents(file), Catch::StartsWith("oom_kill_disable 1\n"));
    Rollback undo;
    live.manager->update_resources({.memory = {.disable_oom_killer = false}}, {}, undo);
    CHECK_THAT(contents(file), Catch::StartsWith("oom_kill_disable 0\n"));
    CHECK(undo.undo().empty());
    CHECK_THAT(contents(file), Catch::StartsWith("oom_kill_disable 1\n"));
}

TEST_CASE("update live: when the last of many settings is refused, all of them are as before", "[root][v1]") {
    NEEDS_CGROUPS();
    Live live;
    if (!has_v1(live, "cpu") || !has_v1(live, "memory") || !has_v1(live, "pids") || !has_v1(live, "blkio"))
        return;
    live.create();
    constexpr std::int64_t kMega = 1 << 20;
    const oci::Resources starts[] = {
        {},
        {.memory = {.limit = 64 * kMega, .reservation = 8 * kMega, .swap = 64 * kMega, .swappiness = 7},
         .cpu = {.shares = 300, .quota = 30'000, .burst = 1'000, .period = 60'000, .cpus = "0"},
         .pids = {.limit = 50}},
        {.memory = {.disable_oom_killer = true}, .cpu = {.shares = 0, .idle = 1}, .pids = {.limit = -1}},
    };
    oci::Resources named{
        .memory = {.limit = 32 * kMega,
                   .reservation = 4 * kMega,
                   .swap = 48 * kMega,
                   .swappiness = 70,
                   .disable_oom_killer = false},
        .cpu =
            {.shares = 5000, .quota = 200'000, .burst = 100'000, .period = 500'000, .cpus = "0", .idle = 1},
        .pids = {.limit = 5}};
    named.block_io.weight = 200;
    named.block_io.throttle_read_bps_device = {{4095, 4095, 1}};  // no such device: the last to be written
    for (const auto& start : starts) {
        update(live, start);
        const auto before = settings(live);
        Rollback undo;
        CHECK_THROWS_WITH(live.manager->update_resources(named, {}, undo),
                          Catch::Contains("blkio.throttle.read_bps_device"));
        CHECK(line(live.manager->path("pids") + "/pids.max") == "5");
        CHECK(undo.undo().empty());
        const auto after = settings(live);
        for (const auto& [path, text] : before) {
            INFO(path);
            CHECK(after.at(path) == text);
        }
    }
}
