// SPDX-License-Identifier: Apache-2.0
#include <sched.h>
#include <sys/mount.h>

#include "config/resolve.h"
#include "support/catch.h"

using namespace runcxx;
using Texts = std::vector<std::string>;

TEST_CASE("checkpoint facts: binds are outside of the container, file systems and copied links are not",
          "[config][checkpoint]") {
    config::Container container;
    container.setup.mounts = {
        {.source = "proc", .destination = "/proc", .type = "proc"},
        {.source = "/a", .destination = "/b", .type = "bind", .flags = MS_BIND | MS_REC},
        {.source = "/l", .destination = "/l", .type = "bind", .flags = MS_BIND, .symlink_target = "x"},
        {.source = "tmpfs", .destination = "/dev", .type = "tmpfs"},
    };
    container.setup.masked_paths = {"/proc/keys"};
    container.namespaces.joined = {{CLONE_NEWNET, "/run/netns/x"}};
    const auto facts = config::checkpoint_facts(container);
    CHECK(facts.bind_mounts == Texts{"/b"});
    CHECK(facts.masked_paths == Texts{"/proc/keys"});
    REQUIRE(facts.joined_namespaces.size() == 1);
    CHECK(facts.joined_namespaces[0].path == "/run/netns/x");
    CHECK_FALSE(facts.has_id_mapped_mounts);

    container.setup.mounts[1].id_map = config::IdMap::Flat;
    CHECK(config::checkpoint_facts(container).has_id_mapped_mounts);
}

TEST_CASE("checkpoint facts: cgroup v1 is bound directory by directory, unless there is a namespace for it",
          "[config][checkpoint]") {
    config::Container container;
    container.setup.mounts = {{.destination = "/sys/fs/cgroup", .type = "cgroup", .flags = MS_BIND}};
    container.setup.cgroup_mount.hierarchies = {
        {.controllers = {"cpu", "cpuacct"}, .directory = "cpu,cpuacct"},
        {.controllers = {"name=systemd"}, .directory = "systemd"}};
    CHECK(config::checkpoint_facts(container).bind_mounts ==
          Texts{"/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/systemd"});
    container.setup.cgroup_mount.own_namespace = true;
    CHECK(config::checkpoint_facts(container).bind_mounts.empty());
    container.setup.cgroup_mount = {.unified = true};
    CHECK(config::checkpoint_facts(container).bind_mounts.empty());
}

TEST_CASE("checkpoint facts: devices are bound where they cannot be made", "[config][checkpoint]") {
    config::Container container;
    container.setup.devices = {{.path = "/dev/null"}, {.path = "/dev/zero"}};
    CHECK(config::checkpoint_facts(container).bind_mounts.empty());
    container.setup.has_user_namespace = true;
    CHECK(config::checkpoint_facts(container).bind_mounts == Texts{"/dev/null", "/dev/zero"});
}
