// SPDX-License-Identifier: Apache-2.0
#include "intelrdt/group.h"

#include <functional>

#include "base/error.h"
#include "support/text_matchers.h"
#include "unit/intelrdt/fake_resctrl.h"

using namespace runcxx;
using namespace runcxx::intelrdt;
using runcxx::tests::Contains;
using runcxx::tests::FakeResctrl;
namespace fs = std::filesystem;

namespace {

std::string error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.message();
    }
    return {};
}

}  // namespace

TEST_CASE("intelRdt: a container without closID has a group of its own, which goes with it", "[intelrdt]") {
    const FakeResctrl resctrl;
    const auto group = find_group({.l3_cache_schema = "L3:0=f"}, "box", resctrl.root());
    CHECK(group.path == resctrl / "box");
    CHECK(group.monitor_path.empty());
    CHECK(group.owns_path);
    CHECK(create(group) == std::vector<std::string>{resctrl / "box"});
    CHECK(fs::is_directory(resctrl / "box"));
    CHECK(create(group).empty());  // there already: not made

    remove(group);
    CHECK_FALSE(fs::exists(resctrl / "box"));
    remove(group);  // gone is gone
}

TEST_CASE("intelRdt: a group that was there before stays", "[intelrdt]") {
    const FakeResctrl resctrl;
    fs::create_directory(resctrl / "box");
    const auto group = find_group({}, "box", resctrl.root());
    CHECK_FALSE(group.owns_path);
    CHECK(create(group).empty());
    remove(group);
    CHECK(fs::is_directory(resctrl / "box"));
}

TEST_CASE("intelRdt: closID names the group, and it outlives the container", "[intelrdt]") {
    const FakeResctrl resctrl;
    const auto group = find_group({.clos_id = "gold", .schemata = {"L3:0=f"}}, "box", resctrl.root());
    CHECK(group.path == resctrl / "gold");
    const auto made = create(group);
    CHECK(made == std::vector<std::string>{resctrl / "gold"});
    remove(group);
    CHECK(fs::is_directory(resctrl / "gold"));

    SECTION("a failed creation takes it away again") {
        undo(group, made);
        CHECK_FALSE(fs::exists(resctrl / "gold"));
    }
    SECTION("unless others have come to use it") {
        FakeResctrl::put(resctrl / "gold/tasks", "4711\n");
        undo(group, made);
        CHECK(fs::is_directory(resctrl / "gold"));
    }
}

TEST_CASE("intelRdt: a closID without any schema must exist", "[intelrdt]") {
    const FakeResctrl resctrl;
    const oci::IntelRdt asked{.clos_id = "gold"};
    CHECK(error_of([&] { find_group(asked, "box", resctrl.root()); }) ==
          "clos dir not accessible (must be pre-created when schemata, l3CacheSchema and memBwSchema are "
          "empty): "
          "stat " +
              (resctrl / "gold").string() + ": no such file or directory");
    fs::create_directory(resctrl / "gold");
    CHECK(find_group(asked, "box", resctrl.root()).path == resctrl / "gold");
}

TEST_CASE("intelRdt: closID / is the default group, which is never made nor removed", "[intelrdt]") {
    const FakeResctrl resctrl;
    const auto group = find_group({.clos_id = "/", .enable_monitoring = true}, "box", resctrl.root());
    CHECK(group.path == resctrl.root());
    CHECK(group.monitor_path == resctrl / "mon_groups/box");
    CHECK(create(group) == std::vector<std::string>{resctrl / "mon_groups/box"});
    remove(group);
    CHECK(fs::is_directory(resctrl.root()));
    CHECK_FALSE(fs::exists(resctrl / "mon_groups/box"));
}

TEST_CASE("intelRdt: all schemata are written at once, the general ones last", "[intelrdt]") {
    const FakeResctrl resctrl;
    const oci::IntelRdt asked{.clos_id = "/",
                              .schemata = {"L2:0=3", "MB:0=70"},
                              .l3_cache_schema = "L3:0=f0;1=f",
                              .mem_bw_schema = "MB:0=20"};
    const auto group = find_group(asked, "box", resctrl.root());
    write_schemata(group, asked);
    CHECK(FakeResctrl::get(resctrl / "schemata") == "L3:0=f0;1=f\nMB:0=20\nL2:0=3\nMB:0=70\n");

    FakeResctrl::put(resctrl / "schemata", "as it was");
    write_schemata(group, {.clos_id = "/"});
    CHECK(FakeResctrl::get(resctrl / "schemata") == "as it was");
}

TEST_CASE("intelRdt: a process is put into the control group and the monitoring group", "[intelrdt]") {
    const FakeResctrl resctrl;
    const auto group = find_group({.enable_monitoring = true}, "box", resctrl.root());
    CHECK(group.owns_monitor);
    // mkdir of a real group makes mon_groups in it; here it is missing, so the attempt is undone.
    CHECK_THAT(error_of([&] { create(group); }),
               Contains("mkdir " + (resctrl / "box/mon_groups/box").string()));
    CHECK_FALSE(fs::exists(resctrl / "box"));

    FakeResctrl::populate(resctrl / "box");
    CHECK(create(group) == std::vector<std::string>{group.monitor_path});
    FakeResctrl::put(group.monitor_path + "/tasks", "");
    add_process(group, 4711);
    CHECK(FakeResctrl::get(resctrl / "box/tasks") == "4711");
    CHECK(FakeResctrl::get(resctrl / "box/mon_groups/box/tasks") == "4711");

    fs::remove(group.monitor_path + "/tasks");
    fs::remove(group.monitor_path);
    FakeResctrl::unpopulate(resctrl / "box");
    remove(group);
    CHECK_FALSE(fs::exists(resctrl / "box"));
}

TEST_CASE("intelRdt: what the kernel did not like is told with an error", "[intelrdt]") {
    const FakeResctrl resctrl;
    FakeResctrl::put(resctrl / "info/last_cmd_status", "mask out of range\n");
    const auto group = find_group({.clos_id = "/"}, "box", resctrl.root());
    fs::remove(resctrl / "schemata");
    CHECK(error_of([&] { write_schemata(group, {.l3_cache_schema = "L3:0=fff"}); }) ==
          "intelrdt: unable to write \"L3:0=fff\\n\": open " + (resctrl / "schemata").string() +
              ": no such file or directory, last_cmd_status: mask out of range");
    fs::remove(resctrl / "tasks");
    CHECK_THAT(error_of([&] { add_process(group, 7); }), Contains("intelrdt: unable to add pid 7: open"));
}

TEST_CASE("intelRdt: an update can be taken back to what was there", "[intelrdt]") {
    const FakeResctrl resctrl;
    const auto group = find_group({.clos_id = "/"}, "box", resctrl.root());
    FakeResctrl::put(resctrl / "schemata", "    L3:0=f\n");
    Rollback undo;
    update_schemata(group, {.l3_cache_schema = "L3:0=3"}, undo);
    CHECK_THAT(FakeResctrl::get(resctrl / "schemata"), Contains("L3:0=3\n"));
    undo.undo();
    CHECK(FakeResctrl::get(resctrl / "schemata") == "    L3:0=f\n");
}
