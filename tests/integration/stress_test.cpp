// SPDX-License-Identifier: Apache-2.0
// Many containers: one after the other, and sixteen at a time. STRESS_RUNS and STRESS_PARALLEL change the numbers.
#include <stdlib.h>

#include <deque>

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
