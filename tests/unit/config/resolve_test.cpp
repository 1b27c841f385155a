// SPDX-License-Identifier: Apache-2.0
// What correct specs become: the container as a whole. Its mounts, devices, cgroup and process have files of their own.
#include <linux/capability.h>
#include <sched.h>

#include "unit/config/made_up_host.h"
#include "unit/config/resolved.h"

using namespace runcxx;
using namespace runcxx::config;
using runcxx::config::test::Case;
using runcxx::config::test::device_paths;
using runcxx::config::test::mount_at;

TEST_CASE("resolve: the default spec becomes the numbers that its words mean", "[config]") {
    const auto container = Case().resolve();
    CHECK(container.id == "box");
    CHECK(container.bundle == "/bundle");
    CHECK(container.namespaces.create_flags ==
          (CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS));
    CHECK(container.namespaces.joined.empty());
    CHECK_FALSE(container.rootless);
    CHECK_FALSE(container.cgroup.rootless);
    CHECK(container.cgroup.driver == CgroupDriver::Cgroupfs);
    CHECK(container.cgroup.path.empty());
    CHECK(container.rlimits.size() == 1);
    CHECK_FALSE(container.seccomp);
    CHECK(container.warnings.empty());

    const auto& setup = container.setup;
    CHECK(setup.rootfs == "/bundle/rootfs");
    CHECK(setup.readonly_rootfs);
    CHECK(setup.rootfs_propagation == 0);
    CHECK(setup.has_mount_namespace);
    CHECK_FALSE(setup.has_user_namespace);
    CHECK(setup.bring_up_loopback);
    CHECK(setup.populate_dev);
    CHECK(setup.masked_paths.size() == 10);
    CHECK(setup.readonly_paths.size() == 5);
    CHECK_FALSE(setup.hostname.empty());
    CHECK(setup.mounts.size() == 7);

    const auto& process = container.process;
    const std::uint64_t capabilities =
        std::uint64_t{1} << CAP_AUDIT_WRITE | 1U << CAP_KILL | 1U << CAP_NET_BIND_SERVICE;
    REQUIRE(process.capabilities);
    CHECK(process.capabilities->bounding == capabilities);
    CHECK(process.capabilities->effective == capabilities);
    CHECK(process.capabilities->permitted == capabilities);
    CHECK(process.capabilities->inheritable == 0);
    CHECK(process.capabilities->ambient == 0);
    CHECK(process.no_new_privileges);
    CHECK(process.umask == 022);
    CHECK_FALSE(container.umask);
    CHECK(process.set_groups);
    CHECK(process.keyring_name == "_ses.box");
    CHECK(process.preserved_fds == 0);
    CHECK(process.cwd == "/");
    CHECK(process.terminal);
}

TEST_CASE("resolve: the rootfs path starts at the bundle unless it is absolute", "[config]") {
    Case c;
    c.spec.root->path = "./a/../b/";
    CHECK(c.resolve().setup.rootfs == "/bundle/b");
    c.spec.root->path = "/x/y/";
    CHECK(c.resolve().setup.rootfs == "/x/y");
    c.spec.root->path = "";
    CHECK(c.resolve().setup.rootfs == "/bundle");
}

TEST_CASE("resolve: the rootless template works for a user", "[config]") {
    Case c;
    c.spec = oci::default_spec(true, true, 1000, 1000);
    c.facts = test::user_1000();
    const auto container = c.resolve();
    CHECK(container.rootless);
    CHECK(container.setup.rootless);
    CHECK(container.cgroup.rootless);
    CHECK_FALSE(container.process.set_groups);
    CHECK(container.uid_mappings == std::vector<oci::IdMapping>{{0, 1000, 1}});
    CHECK_FALSE(container.setup.bring_up_loopback);
    CHECK_FALSE(mount_at(container, "/sys").source_from_runtime);
}

TEST_CASE("resolve: a joined user namespace brings its mappings; the same ones in the spec are a warning",
          "[config]") {
    Case c;
    c.add_namespace("user", "/u");
    auto container = c.resolve();
    CHECK(container.uid_mappings == std::vector<oci::IdMapping>{{0, 100000, 65536}});
    CHECK(container.gid_mappings == std::vector<oci::IdMapping>{{0, 200000, 65536}});
    CHECK(container.warnings.empty());
    CHECK_FALSE(container.namespaces.creates(CLONE_NEWUSER));
    CHECK(container.setup.has_user_namespace);

    c.linux_part().uid_mappings = container.uid_mappings;
    c.linux_part().gid_mappings = container.gid_mappings;
    container = c.resolve();
    REQUIRE(container.warnings.size() == 1);
    CHECK(container.warnings[0].starts_with(
        "config.json has both a userns path to join and a matching userns mapping "
        "specified -- you may only provide one."));
}

TEST_CASE("resolve: mappings without a user namespace are ignored", "[config]") {
    Case c;
    c.linux_part().uid_mappings = {{5, 5, 5}};
    const auto container = c.resolve();
    CHECK(container.uid_mappings.empty());
    CHECK(container.gid_mappings.empty());
}

TEST_CASE("resolve: groups are not set where the user namespace denies setgroups", "[config]") {
    Case c;
    c.add_namespace("user", "/u");
    auto facts = c.queries.user_namespace("/u");
    facts.setgroups_denied = true;
    c.queries.user_namespace = [&](const std::string&) { return facts; };
    CHECK_FALSE(c.resolve().process.set_groups);

    Case inside;
    inside.queries.user_namespace = [&](const std::string& path) {
        CHECK(path.empty());
        return facts;
    };
    CHECK(inside.resolve().process.set_groups);  // not asked: the initial namespace allows it
    inside.facts.in_user_namespace = true;
    CHECK_FALSE(inside.resolve().process.set_groups);
}

TEST_CASE("resolve: options of the command line reach their places", "[config]") {
    Case c;
    c.options.no_new_keyring = true;
    c.options.no_pivot = true;
    c.options.no_subreaper = true;
    c.options.listen_fds = 2;
    c.options.preserve_fds = 3;
    c.process().env = {"A=b", "LISTEN_PID=7"};
    const auto container = c.resolve();
    CHECK(container.process.keyring_name.empty());
    CHECK(container.setup.no_pivot);
    CHECK(container.no_subreaper);
    CHECK(container.process.preserved_fds == 5);
    CHECK(container.process.env == oci::Strings{"A=b", "LISTEN_FDS=2", "LISTEN_PID=1"});
}

TEST_CASE("resolve: hooks go to the side that runs them, and all stay in the container's record",
          "[config]") {
    Case c;
    c.spec.hooks.create_container = {{.path = "/a"}};
    c.spec.hooks.start_container = {{.path = "/b"}};
    c.spec.hooks.poststop = {{.path = "/c"}};
    const auto container = c.resolve();
    CHECK(container.hooks == c.spec.hooks);
    CHECK(container.setup.create_container_hooks == c.spec.hooks.create_container);
    CHECK(container.process.start_container_hooks == c.spec.hooks.start_container);
}

TEST_CASE("resolve: init stops before pivot_root for what needs the runtime there, and only then",
          "[config]") {
    CHECK_FALSE(Case().resolve().setup.stops_before_pivot);
    Case hooks;
    hooks.spec.hooks.create_runtime = {{.path = "/a"}};
    CHECK(hooks.resolve().setup.stops_before_pivot);
    // What the kernel makes of these depends on the limits of the cgroup.
    Case scheduler;
    scheduler.process().scheduler = oci::Scheduler{.policy = "SCHED_BATCH"};
    CHECK(scheduler.resolve().setup.stops_before_pivot);
    Case memory;
    memory.linux_part().memory_policy = oci::MemoryPolicy{.mode = "MPOL_DEFAULT"};
    CHECK(memory.resolve().setup.stops_before_pivot);
}

TEST_CASE("resolve: a seccomp profile without action and rules is none", "[config]") {
    Case c;
    c.linux_part().seccomp.emplace();
    CHECK_FALSE(c.resolve().seccomp);
    c.linux_part().seccomp->default_action = "SCMP_ACT_ALLOW";
    CHECK(c.resolve().seccomp == c.linux_part().seccomp);
}

TEST_CASE("resolve: a spec without a linux part is a container in the host's namespaces", "[config]") {
    Case c;
    c.spec.linux.reset();
    c.spec.hostname.clear();
    c.spec.mounts.clear();
    const auto container = c.resolve();
    CHECK(container.namespaces.create_flags == 0);
    CHECK(device_paths(container) == "/dev/null /dev/random /dev/full /dev/tty /dev/zero /dev/urandom");
}
