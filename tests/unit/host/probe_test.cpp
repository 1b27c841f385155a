// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "base/error.h"
#include "host/facts.h"
#include "support/catch.h"

using namespace runcxx;
using host::CgroupHierarchy;

TEST_CASE("/proc/self/cgroup is split into hierarchies, in its order") {
    const auto all =
        host::parse_own_cgroups("9:name=systemd:/init.scope\n4:cpu,cpuacct:/a:b\n0::/user.slice\n");
    REQUIRE(all.size() == 3);
    CHECK(all[0].controllers == std::vector<std::string>{"name=systemd"});
    CHECK(all[0].own_path == "/init.scope");
    CHECK(all[1].controllers == std::vector<std::string>{"cpu", "cpuacct"});
    CHECK(all[1].own_path == "/a:b");
    CHECK(all[2].controllers.empty());
    CHECK(all[2].own_path == "/user.slice");
    CHECK_THROWS_AS(host::parse_own_cgroups("4:cpu\n"), Error);
}

TEST_CASE("only the full identity map means that we are in the initial user namespace") {
    CHECK(host::is_full_identity_map("         0          0 4294967295\n"));
    CHECK_FALSE(host::is_full_identity_map("         0       1000          1\n"));
    CHECK_FALSE(host::is_full_identity_map("0 0 4294967295\n1 1 1\n"));
    CHECK_FALSE(host::is_full_identity_map(""));
}

TEST_CASE("the mount table is read with its escapes and optional fields") {
    const auto mounts = host::parse_mount_table(
        "36 35 0:33 /docker/abc /sys/fs/cgroup/cpu ro,nosuid shared:9 master:4 - cgroup cgroup "
        "rw,cpu,cpuacct\n"
        "37 35 0:34 / /mnt/with\\040blank rw - ext4 /dev/sda1 rw\n"
        "broken line\n");
    REQUIRE(mounts.size() == 2);
    CHECK(mounts[0].root == "/docker/abc");
    CHECK(mounts[0].path == "/sys/fs/cgroup/cpu");
    CHECK(mounts[0].type == "cgroup");
    CHECK(mounts[0].super_options == "rw,cpu,cpuacct");
    CHECK(mounts[1].path == "/mnt/with blank");
}

namespace {
int lookups = 0;
}

TEST_CASE("a fact is looked up once, and a given one never") {
    lookups = 0;
    const host::Fact<bool> fact([] { return ++lookups > 0; });
    CHECK(lookups == 0);
    CHECK(fact);
    CHECK(fact);
    CHECK(lookups == 1);
    host::Facts facts;
    CHECK_FALSE(facts.selinux_enabled);
    CHECK(facts.time_namespaces);
    facts.selinux_enabled = true;
    CHECK(facts.selinux_enabled);
}

TEST_CASE("the probe of this host agrees with its files") {
    const auto facts = host::probe();
    CHECK(facts.effective_uid == geteuid());
    const auto& cgroups = facts.cgroups;
    for (const auto& hierarchy : cgroups.hierarchies) {
        CHECK(access((hierarchy.mount_point + "/cgroup.procs").c_str(), F_OK) == 0);
        CHECK(hierarchy.own_path.front() == '/');
    }
    if (cgroups.mode == host::CgroupMode::V2) {
        CHECK(cgroups.hierarchies.size() == 1);
        CHECK(cgroups.hierarchies.front().mount_point == "/sys/fs/cgroup");
    }
    if (cgroups.mode == host::CgroupMode::Hybrid)
        CHECK(access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) == 0);
    CHECK(facts.user_namespaces == (access("/proc/self/ns/user", F_OK) == 0));
    CHECK(host::mount_root("/proc") == "/");
    CHECK_FALSE(host::mount_root("/no/such/mount"));
}
