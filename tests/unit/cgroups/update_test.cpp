// SPDX-License-Identifier: Apache-2.0
// Updates of a container that runs: what is written, what is restored when something refuses. cgroup v2 in a plain
// folder; cgroup v1 against this host's kernel, where it has one, in update_live_test.cpp.
#include "base/error.h"
#include "cgroups/v2/manager.h"
#include "support/catch.h"
#include "unit/cgroups/folder.h"

using namespace runcxx;
using namespace runcxx::cgroups;
using tests::Folder;

namespace {

// The files of a cgroup2 directory that limits can be written to, as the kernel fills them.
struct Unified {
    Unified() {
        for (const auto& [name, text] : kDefaults)
            folder.put(name, text);
    }
    v2::UnifiedManager manager() const {
        return {{.by_controller = {{"", folder.path()}}}, folder.root(), folder.path(), {}};
    }
    std::map<std::string, std::string> contents() const {
        std::map<std::string, std::string> now;
        for (const auto& [name, text] : kDefaults)
            now[name] = folder.get(name);
        return now;
    }
    // Applies `named`; returns the files that are not what they were.
    std::map<std::string, std::string> changed_by(const oci::Resources& named,
                                                  const oci::Resources& in_force = {}) const {
        const auto before = contents();
        Rollback undo;
        auto cgroup = manager();
        cgroup.update_resources(named, in_force, undo);
        undo.commit();
        auto now = contents();
        std::erase_if(now, [&](const auto& file) { return before.at(file.first) == file.second; });
        return now;
    }

    static const std::map<std::string, std::string> kDefaults;
    Folder folder;
};

const std::map<std::string, std::string> Unified::kDefaults{
    {"cgroup.controllers", "cpu memory\n"},
    {"cpu.idle", "0"},
    {"cpu.max", "max 100000"},
    {"cpu.max.burst", "0"},
    {"cpu.weight", "100"},
    {"cpuset.cpus", ""},
    {"cpuset.mems", ""},
    {"hugetlb.2MB.max", "max"},
    {"hugetlb.2MB.rsvd.max", "max"},
    {"io.max", ""},
    {"io.weight", ""},
    {"memory.current", "5000"},
    {"memory.high", "max"},
    {"memory.low", "0"},
    {"memory.max", "max"},
    {"memory.swap.max", "max"},
    {"pids.max", "max"},
    {"rdma.max", ""},
};

using Files = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("update v2: each resource changes its own files and no other") {
    const auto changes = [](void (*name)(oci::Resources&)) {
        oci::Resources resources;
        name(resources);
        return Unified().changed_by(resources);
    };
    CHECK(changes([](auto&) {}) == Files{});
    CHECK(changes([](auto& r) { r.memory.limit = 9000; }) == Files{{"memory.max", "9000"}});
    CHECK(changes([](auto& r) { r.memory.reservation = 900; }) == Files{{"memory.low", "900"}});
    CHECK(changes([](auto& r) {
              r.memory.limit = 9000;
              r.memory.swap = 9900;
          }) == Files{{"memory.max", "9000"}, {"memory.swap.max", "900"}});
    CHECK(changes([](auto& r) { r.cpu.shares = 2000; }) == Files{{"cpu.weight", "170"}});
    CHECK(changes([](auto& r) { r.cpu.idle = 1; }) == Files{{"cpu.idle", "1"}});
    CHECK(changes([](auto& r) { r.cpu.burst = 7; }) == Files{{"cpu.max.burst", "7"}});
    CHECK(changes([](auto& r) {
              r.cpu.quota = 20000;
              r.cpu.period = 50000;
          }) == Files{{"cpu.max", "20000 50000"}});
    CHECK(changes([](auto& r) { r.cpu.cpus = "1"; }) == Files{{"cpuset.cpus", "1"}});
    CHECK(changes([](auto& r) { r.cpu.mems = "0"; }) == Files{{"cpuset.mems", "0"}});
    CHECK(changes([](auto& r) { r.pids.limit = 123; }) == Files{{"pids.max", "123"}});
    CHECK(changes([](auto& r) { r.block_io.weight = 500; }) == Files{{"io.weight", "4950"}});
    CHECK(changes([](auto& r) {
              r.block_io.weight_device = {{8, 0, 500, {}}};
          }) == Files{{"io.weight", "8:0 4950"}});
    CHECK(changes([](auto& r) {
              r.block_io.throttle_read_bps_device = {{8, 0, 5}};
          }) == Files{{"io.max", "8:0 rbps=5"}});
    CHECK(changes([](auto& r) {
              r.hugepage_limits = {{"2MB", 2097152}};
          }) == Files{{"hugetlb.2MB.max", "2097152"}, {"hugetlb.2MB.rsvd.max", "2097152"}});
    CHECK(changes([](auto& r) { r.rdma["mlx"] = {.hca_handles = 2, .hca_objects = {}}; }) ==
          Files{{"rdma.max", "mlx hca_handle=2"}});
    CHECK(changes([](auto& r) { r.unified = {{"memory.high", "800"}}; }) == Files{{"memory.high", "800"}});
    // An update has no say in devices.
    CHECK(changes([](auto& r) { r.devices = {{.allow = false, .access = "rwm"}}; }) == Files{});
}

TEST_CASE("update v2: memory.swap.max follows whichever of its two limits is named") {
    oci::Resources in_force, limit, swap, unlimited, reservation;
    in_force.memory = {.limit = 5000, .swap = 9999};
    limit.memory.limit = 9000;
    swap.memory.swap = 5800;
    unlimited.memory = {.limit = -1, .swap = 0};
    reservation.memory.reservation = 900;
    CHECK(Unified().changed_by(limit, in_force) == Files{{"memory.max", "9000"}, {"memory.swap.max", "999"}});
    CHECK(Unified().changed_by(swap, in_force) == Files{{"memory.swap.max", "800"}});
    CHECK(Unified().changed_by(unlimited, in_force) == Files{});
    CHECK(Unified().changed_by(reservation, in_force) == Files{{"memory.low", "900"}});
    in_force.memory.swap = -1;
    CHECK(Unified().changed_by(limit, in_force) == Files{{"memory.max", "9000"}});
    in_force.memory = {.limit = 5000, .swap = 6000};
    CHECK_THROWS_WITH(Unified().changed_by(limit, in_force), "memory+swap limit should be >= memory limit");
    CHECK_THROWS_WITH(Unified().changed_by(swap), "unable to set swap limit without memory limit");
}

TEST_CASE("update v2: half of cpu.max keeps the kernel's other half") {
    const Unified unified;
    unified.folder.put("cpu.max", "10000 100000\n");
    oci::Resources period;
    period.cpu.period = 500000;
    CHECK(unified.changed_by(period) == Files{{"cpu.max", "10000 500000\n"}});
}

TEST_CASE("update v2: checkBeforeUpdate refuses before anything is written") {
    const Unified unified;
    oci::Resources named;
    named.pids.limit = 555;  // written before memory
    named.memory = {.limit = 4000, .check_before_update = true};
    Rollback undo;
    auto manager = unified.manager();
    CHECK_THROWS_WITH(manager.update_resources(named, {}, undo), "rejecting memory limit 4000 <= usage 5000");
    CHECK(unified.folder.get("pids.max") == "555");
    CHECK(undo.undo().empty());
    CHECK(unified.contents() == Unified::kDefaults);
}

TEST_CASE("update v2: after a refusal every file written so far is what it was") {
    const Unified unified;
    // The lengths match, since a plain file is not cut off by a shorter text.
    unified.folder.put("memory.max", "6000");
    unified.folder.put("memory.swap.max", "700");
    unified.folder.put("cpu.max", "11111 200000");
    const auto before = unified.contents();
    oci::Resources named;
    named.pids.limit = 555;
    named.memory = {.limit = 9000, .swap = 9900};
    named.cpu = {.shares = 2000, .quota = 22222, .period = 333333};
    named.unified = {{"memory.high", "800"}, {"memory.no_such_file", "1"}};
    Rollback undo;
    auto manager = unified.manager();
    CHECK_THROWS_WITH(manager.update_resources(named, {}, undo),
                      Catch::Contains("unable to set unified resource \"memory.no_such_file\""));
    CHECK(unified.folder.get("cpu.max") == "22222 333333");
    CHECK(unified.folder.get("memory.high") == "800");
    CHECK(undo.undo().empty());
    CHECK(unified.contents() == before);
    // What comes later is not recorded any more.
    manager.set_resources(named = {.pids = {.limit = 777}}, DeviceRules::Skip);
    CHECK(undo.undo().empty());
    CHECK(unified.folder.get("pids.max") == "777");
}

TEST_CASE("update: without a cgroup nothing can be updated") {
    const auto absent = restore_manager({}, true);
    Rollback undo;
    CHECK_THROWS_WITH(absent->update_resources({}, {}, undo),
                      "cannot update resources: the container has no cgroup");
}
