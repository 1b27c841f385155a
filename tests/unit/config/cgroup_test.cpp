// SPDX-License-Identifier: Apache-2.0
// What correct specs say of the container's cgroup: path, limits, owner, and the mount of it inside.
#include "config/cgroup.h"

#include <algorithm>

#include "unit/config/made_up_host.h"

using namespace runcxx;
using namespace runcxx::config;
using runcxx::config::test::Case;

TEST_CASE("resolve: deprecated memory settings are dropped with a warning", "[config]") {
    Case c;
    c.linux_part().resources->memory = {.limit = 5, .kernel = 1, .kernel_tcp = 2, .use_hierarchy = true};
    const auto container = c.resolve();
    CHECK(container.cgroup.resources.memory == oci::Memory{.limit = 5});
    CHECK(container.warnings ==
          std::vector<std::string>{"Kernel memory settings are ignored and will be removed"});
}

TEST_CASE("resolve: cgroup paths are cleaned and cannot climb", "[config]") {
    CHECK(clean_cgroup_path("").empty());
    CHECK(clean_cgroup_path("/a/../../b") == "/b");
    CHECK(clean_cgroup_path("../../a/b/") == "a/b");
    CHECK(clean_cgroup_path("a/./b") == "a/b");
    CHECK(clean_cgroup_path("/") == "/");
    CHECK(clean_cgroup_path("..").empty());
}

TEST_CASE("resolve: swap on v2 is what the limit leaves", "[config]") {
    using Value = std::optional<std::int64_t>;
    const auto [limit, with_swap, expected] = GENERATE(table<Value, Value, Value>({
        {std::nullopt, std::nullopt, std::nullopt},
        {100, std::nullopt, std::nullopt},
        {100, 0, std::nullopt},
        {100, 300, 200},
        {100, 100, 0},
        {100, -1, -1},
        {-1, std::nullopt, -1},
        {-1, -1, -1},
        {-1, 500, 500},
        {std::nullopt, -1, -1},
    }));
    CHECK(swap_limit_v2({.limit = limit, .swap = with_swap}) == expected);
}

TEST_CASE("resolve: who is root of nothing expects no cgroup rights", "[config]") {
    Case c;
    CHECK_FALSE(c.resolve().cgroup.rootless);
    c.facts.in_user_namespace = true;
    CHECK(c.resolve().cgroup.rootless);
    CHECK(c.resolve().setup.has_user_namespace);
    c.options.rootless_cgroups = false;
    CHECK_FALSE(c.resolve().cgroup.rootless);
    c.facts.in_user_namespace = false;
    c.options.rootless_cgroups = true;
    CHECK(c.resolve().cgroup.rootless);
    CHECK_FALSE(c.resolve().rootless);
}

TEST_CASE("resolve: how /sys/fs/cgroup is built inside", "[config]") {
    Case c;
    c.facts.cgroups.mode = host::CgroupMode::Hybrid;
    c.facts.cgroups.hierarchies.push_back(
        {.controllers = {}, .mount_point = "/sys/fs/cgroup/unified", .own_path = "/"});
    c.add_namespace("cgroup");
    auto mount = c.resolve().setup.cgroup_mount;
    CHECK_FALSE(mount.unified);
    CHECK(mount.own_namespace);
    REQUIRE(mount.hierarchies.size() == 2);
    CHECK(mount.hierarchies[0].directory == "cpu,cpuacct");
    CHECK(mount.hierarchies[0].controllers == std::vector<std::string>{"cpu", "cpuacct"});
    CHECK(mount.hierarchies[1].directory == "systemd");

    c.facts = test::root_on_v2();
    c.remove_namespace("cgroup");
    mount = c.resolve().setup.cgroup_mount;
    CHECK(mount.unified);
    CHECK_FALSE(mount.own_namespace);
    REQUIRE(mount.hierarchies.size() == 1);
    CHECK(mount.hierarchies[0].directory.empty());
}

TEST_CASE("resolve: without a cgroup there are no path, rules and limits, and who asks for limits is told",
          "[config]") {
    Case quiet;
    quiet.options.no_cgroup = true;
    quiet.linux_part().cgroups_path = "/a/b";
    const auto container = quiet.resolve();
    CHECK(container.cgroup.driver == CgroupDriver::Disabled);
    CHECK(container.cgroup.path.empty());
    CHECK(container.cgroup.resources == oci::Resources());
    CHECK(container.warnings.empty());

    Case limited;
    limited.options.no_cgroup = true;
    limited.linux_part().resources->pids.limit = 10;
    CHECK(limited.resolve().warnings ==
          std::vector<std::string>{"without a cgroup the limits of linux.resources are not applied"});
    CHECK(limited.resolve().cgroup.resources == oci::Resources());
}

TEST_CASE("cgroup owner: the process' user on the host, where the container may manage its cgroup",
          "[config]") {
    Case c;
    c.facts = test::root_on_v2();
    c.map_root();
    c.add_namespace("cgroup");
    c.process().user.uid = 3;
    const auto mount = std::ranges::find_if(
        c.spec.mounts, [](const oci::Mount& each) { return each.destination == "/sys/fs/cgroup"; });
    REQUIRE(mount != c.spec.mounts.end());
    CHECK_FALSE(c.resolve().cgroup.owner_uid);  // mounted read-only
    mount->options = {"nosuid", "rw"};
    CHECK(c.resolve().cgroup.owner_uid == 1003);

    auto other = c;
    other.facts = test::root_on_v1();
    CHECK_FALSE(other.resolve().cgroup.owner_uid);
    other = c;
    other.remove_namespace("cgroup");
    CHECK_FALSE(other.resolve().cgroup.owner_uid);
    other.add_namespace("cgroup", "/proc/1/ns/cgroup");
    CHECK_FALSE(other.resolve().cgroup.owner_uid);
    other = c;
    other.remove_namespace("user");
    other.linux_part().uid_mappings.clear();
    other.linux_part().gid_mappings.clear();
    CHECK(other.resolve().cgroup.owner_uid == 3);
    other = c;
    std::erase_if(other.spec.mounts, [](const oci::Mount& each) { return each.type == "cgroup"; });
    CHECK_FALSE(other.resolve().cgroup.owner_uid);
}
