// SPDX-License-Identifier: Apache-2.0
// Many containers: one after the other, and sixteen at a time. STRESS_RUNS and STRESS_PARALLEL change the numbers.
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <deque>
#include <random>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

int count_from(const char* variable, int otherwise) {
    const char* text = getenv(variable);
    return text && *text ? atoi(text) : otherwise;
}

}  // namespace

RUNTIME_TEST("stress: 500 runs one after the other succeed and leave nothing", "[stress][slow]") {
    Bundle& b = bundle().args({"true"});
    b.save();
    std::string base = id();
    HostSnapshot before = HostSnapshot::take();
    int failures = 0;
    for (int i = 0; i < count_from("STRESS_RUNS", 500); ++i) {
        Result result = call({"run", "--bundle", b.dir(), base + "n" + std::to_string(i)});
        if (!result.ok() || !result.err.empty()) {
            ++failures;
            UNSCOPED_INFO(describe(result));
        }
    }
    CHECK(failures == 0);
    CHECK(HostSnapshot::take().changes_since(before).empty());
    CHECK(fs::is_empty(state_root()));
}

RUNTIME_TEST("stress: 200 runs, sixteen at a time, succeed and leave nothing", "[stress][slow]") {
    Bundle& b = bundle().sh("echo \"$1\"; exit 3");
    b.save();
    std::string base = id();
    HostSnapshot before = HostSnapshot::take();
    int failures = 0, started = 0, total = count_from("STRESS_PARALLEL", 200);
    {
        std::deque<Process> running;
        auto finish = [&] {
            Result result = running.front().wait();
            running.pop_front();
            if (result.exit_code != 3 || !result.err.empty()) {
                ++failures;
                UNSCOPED_INFO(describe(result));
            }
        };
        while (started < total) {
            if (running.size() == 16) finish();
            running.push_back(
                runtime().spawn({"run", "--bundle", b.dir(), base + "p" + std::to_string(started++)}));
        }
        while (!running.empty())
            finish();
    }
    CHECK(failures == 0);
    CHECK(HostSnapshot::take().changes_since(before).empty());
    CHECK(fs::is_empty(state_root()));
}

RUNTIME_TEST(
    "stress: creates below one parent, eight at a time and every second one killed, leave nothing after "
    "delete",
    "[rollback][cgroups]") {
    REQUIRES("random-kill");
    REQUIRES("cgroupfs-driver");
    Bundle& b = bundle().idle();
    expect_orphans();
    const std::string base = id(), parent = own_cgroup() + "/shared";
    const HostSnapshot before = HostSnapshot::take();
    std::mt19937 random(static_cast<unsigned>(count_from("RANDOM_SEED", 1)));
    std::uniform_int_distribution<long> moment(
        0, static_cast<long>(30e6 * time_scale()));  // ns; a create takes some 5 ms when nothing else runs
    const int total = count_from("STRESS_KILLS", 200);
    std::deque<Process> running;
    int whole = 0, refused = 0;
    const auto finish = [&] {
        const Result result = running.front().wait();
        running.pop_front();
        whole += result.ok();
        // Killed, or the parent that another one's rollback removed came back by another walk: never an error.
        if (!result.ok() && result.exit_code != 128 + SIGKILL) {
            ++refused;
            UNSCOPED_INFO(describe(result));
        }
    };
    for (int i = 0; i < total; ++i) {
        const std::string c = base + "k" + std::to_string(i);
        b.spec["linux"]["cgroupsPath"] = parent + "/" + c;
        b.save();
        if (running.size() == 8) finish();
        running.push_back(runtime().spawn({"create", "--bundle", b.dir(), c}));
        // config.json is read first of all.
        if (i % 2 == 0) wait_until([&] { return !running.back().running() || fs::exists(state_root() / c); });
        if (i % 2 == 0) continue;
        const timespec pause{0, moment(random)};
        nanosleep(&pause, nullptr);
        running.back().signal(SIGKILL);
    }
    while (!running.empty())
        finish();
    CHECK(refused == 0);
    CHECK(whole >= total / 2);
    const auto finish_delete = [&] {
        const Result result = running.front().wait();
        running.pop_front();
        if (!result.ok()) UNSCOPED_INFO(describe(result));
        CHECK(result.exit_code == 0);
    };
    for (const auto& entry : fs::directory_iterator(state_root())) {
        if (running.size() == 8) finish_delete();
        running.push_back(runtime().spawn({"delete", "--force", entry.path().filename()}));
    }
    while (!running.empty())
        finish_delete();
    CHECK(fs::is_empty(state_root()));
    // Only the parent, which is nobody's to remove, may be left.
    for (const auto& directory : HostSnapshot::take().cgroups)
        if (directory.ends_with(parent)) CHECK(rmdir(directory.c_str()) == 0);
    wait_until([&] {
        reap();
        return HostSnapshot::take().changes_since(before).empty();
    });
    for (const auto& change : HostSnapshot::take().changes_since(before))
        FAIL_CHECK(change);
}

RUNTIME_TEST("stress: of many creates of one id at once exactly one wins, the others say that it exists",
             "[stress]") {
    REQUIRES("exclusive-create");
    Bundle& b = bundle().idle();
    b.save();
    expect_orphans();
    for (int round = 0; round < 5; ++round) {
        std::string c = id();
        std::deque<Process> running;
        for (int i = 0; i < 8; ++i)
            running.push_back(runtime().spawn({"create", "--bundle", b.dir(), c}));
        int won = 0;
        for (auto& process : running) {
            Result result = process.wait();
            won += result.ok();
            if (!result.ok()) CHECK_FAILS(result, 1, "container with given ID already exists");
        }
        running.clear();
        CHECK(won == 1);
        CHECK(status(c) == "created");
        REQUIRE_OK(call({"delete", "--force", c}));
    }
}
