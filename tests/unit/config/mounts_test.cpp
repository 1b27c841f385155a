// SPDX-License-Identifier: Apache-2.0
// What the mounts of correct specs become.
#include <linux/mount.h>
#include <sched.h>

#include "unit/config/made_up_host.h"
#include "unit/config/resolved.h"

using namespace runcxx;
using namespace runcxx::config;
using runcxx::config::test::Case;
using runcxx::config::test::mount_at;

TEST_CASE("resolve: mount options of the default spec are decoded", "[config]") {
    const auto container = Case().resolve();
    const auto& dev = mount_at(container, "/dev");
    CHECK(dev.type == "tmpfs");
    CHECK(dev.flags == (MS_NOSUID | MS_STRICTATIME));
    CHECK(dev.data == "mode=755,size=65536k");
    const auto& pts = mount_at(container, "/dev/pts");
    CHECK(pts.data == "newinstance,ptmxmode=0666,mode=0620,gid=5");
    const auto& cgroup = mount_at(container, "/sys/fs/cgroup");
    CHECK(cgroup.type == "cgroup");
    CHECK(cgroup.flags == (MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RELATIME | MS_RDONLY));
}

TEST_CASE("resolve: a bind has no type, an absolute source and a clean destination", "[config]") {
    Case c;
    c.add_mount({.destination = "data//x/../y",
                 .type = "ext4",
                 .source = "here/../there",
                 .options = {"rbind", "rro", "rprivate"}});
    const auto container = c.resolve();
    const auto& mount = container.setup.mounts.back();
    CHECK(mount.type == "bind");
    CHECK(mount.source == "/bundle/there");
    CHECK(mount.destination == "/data/y");
    CHECK(mount.flags == (MS_BIND | MS_REC));
    CHECK(mount.recursive_attr_set == MOUNT_ATTR_RDONLY);
    CHECK(mount.propagation == std::vector<std::uint64_t>{MS_PRIVATE | MS_REC});
    CHECK_FALSE(mount.source_from_runtime);
    CHECK(container.warnings ==
          std::vector<std::string>{
              "mount destination data//x/../y is not absolute. Support for non-absolute mount "
              "destinations will be removed in a future release.",
              "configuration: mount data//x/../y: relative destination path is **deprecated**, "
              "using it as relative to /"});
}

TEST_CASE("resolve: a destination cannot climb above the root", "[config]") {
    Case c;
    c.add_mount({.destination = "/../../etc", .type = "tmpfs"});
    CHECK(c.resolve().setup.mounts.back().destination == "/etc");
}

TEST_CASE("resolve: recursive attributes are for binds only", "[config]") {
    Case c;
    c.add_mount({.destination = "/x", .type = "tmpfs", .source = "tmpfs", .options = {"rro"}});
    const auto container = c.resolve();
    CHECK(container.setup.mounts.back().recursive_attr_set == 0);
    CHECK(container.setup.mounts.back().data.empty());
}

TEST_CASE("resolve: a bind over /dev keeps the runtime from filling it", "[config]") {
    Case c;
    c.add_mount({.destination = "/dev/", .source = "/dev", .options = {"bind"}});
    CHECK_FALSE(c.resolve().setup.populate_dev);
}

TEST_CASE("resolve: binds into a user namespace are opened by the runtime", "[config]") {
    Case c;
    c.map_root();
    c.add_mount({.destination = "/x", .source = "/y", .options = {"bind"}});
    c.add_mount({.destination = "/x", .source = "/y", .options = {"bind", "remount", "ro"}});
    auto container = c.resolve();
    CHECK(container.setup.mounts[7].source_from_runtime);
    CHECK_FALSE(container.setup.mounts[8].source_from_runtime);
    CHECK_FALSE(mount_at(container, "/proc").source_from_runtime);
    CHECK(container.process.set_groups);

    c.facts.effective_uid = 1000;
    std::erase_if(c.spec.mounts, [](const oci::Mount& each) { return each.destination == "/dev/pts"; });
    CHECK_FALSE(c.resolve().setup.mounts[6].source_from_runtime);
}

TEST_CASE("resolve: id-mapped mounts take their own mappings, the container's, or a joined namespace",
          "[config]") {
    const oci::Mount own{.destination = "/own",
                         .source = "/y",
                         .options = {"bind"},
                         .uid_mappings = {{0, 7, 1}},
                         .gid_mappings = {{0, 8, 1}}};
    const oci::Mount inherited{.destination = "/inherited", .source = "/y", .options = {"rbind", "ridmap"}};

    SECTION("no user namespace") {
        Case c;
        c.add_mount(own);
        const auto container = c.resolve();
        const auto& mount = container.setup.mounts.back();
        CHECK(mount.id_map == IdMap::Flat);
        CHECK(mount.uid_mappings == own.uid_mappings);
        CHECK(mount.source_from_runtime);
    }
    SECTION("a new user namespace") {
        Case c;
        c.map_root();
        c.add_mount(own);
        c.add_mount(inherited);
        const auto container = c.resolve();
        CHECK(mount_at(container, "/own").gid_mappings == own.gid_mappings);
        const auto& mount = mount_at(container, "/inherited");
        CHECK(mount.id_map == IdMap::Recursive);
        CHECK(mount.uid_mappings == container.uid_mappings);
        CHECK(mount.gid_mappings == container.gid_mappings);
        CHECK(mount.id_map_user_namespace.empty());
    }
    SECTION("a joined user namespace") {
        Case c;
        c.add_namespace("user", "/proc/7/ns/user");
        c.add_mount(own);
        c.add_mount(inherited);
        const auto container = c.resolve();
        CHECK(mount_at(container, "/own").id_map_user_namespace.empty());
        const auto& mount = mount_at(container, "/inherited");
        CHECK(mount.id_map_user_namespace == "/proc/7/ns/user");
        CHECK(mount.uid_mappings.empty());
    }
}

TEST_CASE("resolve: without a mount namespace the user is told where the mounts go", "[config]") {
    Case c;
    c.remove_namespace("mount");
    c.linux_part().masked_paths.clear();
    c.linux_part().readonly_paths.clear();
    const auto container = c.resolve();
    CHECK_FALSE(container.setup.has_mount_namespace);
    CHECK(container.warnings ==
          std::vector<std::string>{"the container has no mount namespace: its 7 mounts below "
                                   "/bundle/rootfs are made on the host and stay there"});
}
