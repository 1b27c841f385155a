// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "cgroups/manager.h"
#include "support/catch.h"

using namespace runcxx;
using cgroups::compute_paths;
using PathMap = std::map<std::string, std::string>;

namespace {

host::Facts v2_host(const std::string& own = "/user.slice/session.scope") {
    host::Facts facts;
    facts.cgroups = {.mode = host::CgroupMode::V2, .hierarchies = {{{}, "/sys/fs/cgroup", own}}};
    return facts;
}

host::Facts hybrid_host() {
    host::Facts facts;
    facts.cgroups = {.mode = host::CgroupMode::Hybrid,
                     .hierarchies = {{{"cpu", "cpuacct"}, "/sys/fs/cgroup/cpu,cpuacct", "/"},
                                     {{"devices"}, "/sys/fs/cgroup/devices", "/"},
                                     {{"debug"}, "/sys/fs/cgroup/debug", "/"},
                                     {{"name=systemd"}, "/sys/fs/cgroup/systemd", "/"},
                                     {{}, "/sys/fs/cgroup/unified", "/own"}}};
    return facts;
}

config::Cgroup with_path(const std::string& path) {
    config::Cgroup cgroup;
    cgroup.path = path;
    return cgroup;
}

PathMap paths_of(const std::string& path, const host::Facts& facts) {
    return compute_paths(with_path(path), "id", facts).by_controller;
}

}  // namespace

TEST_CASE("v2: absolute paths start at the mount, others below the parent of our own cgroup") {
    CHECK(paths_of("/a/b", v2_host()) == PathMap{{"", "/sys/fs/cgroup/a/b"}});
    CHECK(paths_of("a/b", v2_host()) == PathMap{{"", "/sys/fs/cgroup/user.slice/a/b"}});
    CHECK(paths_of("", v2_host()) == PathMap{{"", "/sys/fs/cgroup/user.slice/id"}});
    CHECK(paths_of("", v2_host("/")) == PathMap{{"", "/sys/fs/cgroup/id"}});
}

TEST_CASE("dots are collapsed and never lead out of the hierarchy") {
    CHECK(paths_of("/a/../../../b", v2_host()) == PathMap{{"", "/sys/fs/cgroup/b"}});
    CHECK(paths_of("../../../../etc", v2_host()) == PathMap{{"", "/sys/fs/cgroup/user.slice/etc"}});
    CHECK(paths_of("/../../..", v2_host()) == PathMap{{"", "/sys/fs/cgroup"}});
}

TEST_CASE("hybrid: one row per controller that is mounted, and the cgroup2 directory") {
    CHECK(paths_of("/a/b", hybrid_host()) == PathMap{{"", "/sys/fs/cgroup/unified/a/b"},
                                                     {"cpu", "/sys/fs/cgroup/cpu,cpuacct/a/b"},
                                                     {"cpuacct", "/sys/fs/cgroup/cpu,cpuacct/a/b"},
                                                     {"devices", "/sys/fs/cgroup/devices/a/b"},
                                                     {"name=systemd", "/sys/fs/cgroup/systemd/a/b"}});
    CHECK(paths_of("", hybrid_host()).at("devices") == "/sys/fs/cgroup/devices/id");
    CHECK(paths_of("", hybrid_host()).at("") == "/sys/fs/cgroup/unified/id");
}

TEST_CASE("what cannot be managed is refused before anything happens") {
    auto facts = hybrid_host();
    auto cgroup = with_path("/a");
    cgroup.resources.unified["memory.high"] = "1";
    CHECK_THROWS_WITH(compute_paths(cgroup, "id", facts),
                      "invalid configuration: cannot use unified on cgroup v1");
    facts.cgroups.hierarchies.erase(facts.cgroups.hierarchies.begin() + 1);
    CHECK_THROWS_WITH(compute_paths(with_path("/a"), "id", facts), "mountpoint for devices not found");
    CHECK_THROWS_WITH(compute_paths(with_path("/a"), "id", host::Facts{}),
                      "no cgroup mount found in mountinfo");
}

TEST_CASE("a disabled driver manages nothing and never fails on it") {
    config::Cgroup cgroup;
    cgroup.driver = config::CgroupDriver::Disabled;
    const auto manager = cgroups::create_manager(cgroup, "id", hybrid_host());
    CHECK(manager->paths().by_controller.empty());
    CHECK(manager->create().directories.empty());
    CHECK_FALSE(manager->spawn_target().directory.is_open());
    CHECK_NOTHROW(manager->add_process(1));
    CHECK_NOTHROW(manager->set_resources({}, cgroups::DeviceRules::Apply));
    CHECK_NOTHROW(manager->remove());
    CHECK_FALSE(manager->exists());
    CHECK_FALSE(manager->is_frozen());
    CHECK_THROWS_WITH(manager->kill_all(9), "cgroup not exist");
}

TEST_CASE("restoring refuses paths that are not clean") {
    cgroups::Paths paths;
    paths.by_controller[""] = "/sys/fs/cgroup/../../etc";
    CHECK_THROWS_AS(cgroups::restore_manager(paths, false), Error);
    paths.by_controller[""] = "relative";
    CHECK_THROWS_AS(cgroups::restore_manager(paths, false), Error);
}

TEST_CASE("the cgroup mount of a container shows its own directories") {
    config::CgroupMount mount;
    const auto facts = hybrid_host();
    cgroups::fill_cgroup_mount(mount, compute_paths(with_path("/a"), "id", facts), facts);
    CHECK_FALSE(mount.unified);
    REQUIRE(mount.hierarchies.size() == 4);
    CHECK(mount.hierarchies[0].controllers == std::vector<std::string>{"cpu", "cpuacct"});
    CHECK(mount.hierarchies[0].directory == "cpu,cpuacct");
    CHECK(mount.hierarchies[0].host_path == "/sys/fs/cgroup/cpu,cpuacct/a");
    CHECK(mount.hierarchies[2].host_path == "/sys/fs/cgroup/debug");  // not joined: ours
    CHECK(mount.hierarchies[3].directory == "systemd");
    cgroups::fill_cgroup_mount(mount, compute_paths(with_path("/a"), "id", v2_host()), v2_host());
    CHECK(mount.unified);
    REQUIRE(mount.hierarchies.size() == 1);
    CHECK(mount.hierarchies[0].directory.empty());
    CHECK(mount.hierarchies[0].host_path == "/sys/fs/cgroup/a");
}
