// SPDX-License-Identifier: Apache-2.0
// update: what is not named stays as it is, whatever is changed with whatever else.
#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "support/container_cgroup.h"
#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

using Names = std::set<std::string>;

// One option with a way to make up values for it, and the files that it may change.
struct Knob {
    std::string option;
    std::function<std::string(std::mt19937&)> value;
    Names v1, v2;
};

std::function<std::string(std::mt19937&)> number(int from, int to) {
    return [from, to](std::mt19937& random) {
        return std::to_string(std::uniform_int_distribution<int>(from, to)(random));
    };
}

// Legal in every combination: quota and burst below the smallest period times the smallest number of CPUs.
const std::vector<Knob>& knobs() {
    static const std::vector<Knob> all = {
        {"--cpu-share", number(2, 262144), {"cpu.shares"}, {"cpu.weight", "cpu.weight.nice"}},
        {"--cpu-quota", number(10000, 60000), {"cpu.cfs_quota_us"}, {"cpu.max"}},
        {"--cpu-period", number(70000, 900000), {"cpu.cfs_period_us"}, {"cpu.max"}},
        {"--cpu-burst", number(0, 9000), {"cpu.cfs_burst_us"}, {"cpu.max.burst"}},
        {"--cpuset-cpus", number(0, 0), {"cpuset.cpus"}, {"cpuset.cpus"}},
        {"--cpuset-mems", number(0, 0), {"cpuset.mems"}, {"cpuset.mems"}},
        {"--memory-reservation", number(1 << 20, 1 << 28), {"memory.soft_limit_in_bytes"}, {"memory.low"}},
        {"--memory", number(1 << 25, 1 << 28), {"memory.limit_in_bytes"}, {"memory.max"}},
        {"--memory-swap",
         number((1 << 28) + 4096, 1 << 30),
         {"memory.memsw.limit_in_bytes"},
         {"memory.swap.max"}},
        {"--pids-limit", number(10, 100000), {"pids.max"}, {"pids.max"}},
        {"--blkio-weight",
         number(10, 1000),
         {"blkio.weight", "blkio.bfq.weight", "blkio.bfq.weight_device"},
         {"io.weight", "io.bfq.weight"}},
    };
    return all;
}

bool is_usable(const Knob& knob, const std::map<std::string, std::string>& files, bool is_v2) {
    for (const auto& [path, text] : files)
        if ((is_v2 ? knob.v2 : knob.v1).count(fs::path(path).filename()) != 0) return true;
    return false;
}

}  // namespace

RUNTIME_TEST("update: 1,000 random updates leave every file that was not named byte-identical",
             "[update][slow]") {
    REQUIRES("update-only-named");
    std::string c = create(bundle().idle());
    const ContainerCgroup cgroup(init_pid(c));
    const bool is_v2 = ContainerCgroup::is_v2();
    auto before = cgroup.settings();
    std::vector<Knob> usable;
    for (const auto& knob : knobs())
        if (is_usable(knob, before, is_v2)) usable.push_back(knob);
    if (usable.empty()) return;

    std::mt19937 random(20260101);
    for (int round = 0; round < 1000; ++round) {
        std::vector<std::string> command = {"update"};
        Names named;
        std::shuffle(usable.begin(), usable.end(), random);
        const auto count =
            std::uniform_int_distribution<size_t>(1, std::min<size_t>(3, usable.size()))(random);
        for (size_t i = 0; i < count; ++i) {
            command.push_back(usable[i].option);
            command.push_back(usable[i].value(random));
            const auto& files = is_v2 ? usable[i].v2 : usable[i].v1;
            named.insert(files.begin(), files.end());
            // The difference of two limits: either moves it.
            if (is_v2 && usable[i].option == "--memory") named.insert("memory.swap.max");
        }
        // Of memory and swap together, a limit of memory is the other part.
        const auto has = [&](const char* option) {
            return std::ranges::find(command, option) != command.end();
        };
        if (has("--memory-swap") && !has("--memory")) {
            command.insert(command.end(), {"--memory", "100M"});
            named.insert({"memory.max", "memory.limit_in_bytes"});
        }
        command.push_back(c);
        std::string words;
        for (const auto& word : command)
            words += word + " ";
        INFO(words);
        REQUIRE_OK(call(command));
        auto after = cgroup.settings();
        for (const auto& name : differences(before, after)) {
            INFO(name);
            REQUIRE(named.count(name) == 1);
        }
        before = std::move(after);
    }
}
