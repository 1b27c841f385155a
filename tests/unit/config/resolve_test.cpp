// SPDX-License-Identifier: Apache-2.0
// What correct specs become.
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>

#include <algorithm>

#include "base/text.h"
#include "config/cgroup.h"
#include "unit/config/made_up_host.h"

using namespace runcxx;
using namespace runcxx::config;
using runcxx::config::test::Case;

namespace {

const Mount& mount_at(const Container& container, const std::string& destination) {
    for (const auto& each : container.setup.mounts)
        if (each.destination == destination) return each;
    throw Error("no mount at " + destination);
}

std::string device_paths(const Container& container) {
    std::vector<std::string> paths;
    for (const auto& each : container.setup.devices)
        paths.push_back(each.path);
    return join(paths, " ");
}

std::string rule_text(const oci::DeviceCgroup& rule) {
    const auto number = [](std::optional<std::int64_t> value) {
        return value ? std::to_string(*value) : "*";
    };
    return (rule.allow ? "+" : "-") + rule.type + number(rule.major) + ":" + number(rule.minor) + rule.access;
}

std::string rules_text(const Container& container) {
    std::vector<std::string> texts;
    for (const auto& each : container.cgroup.resources.devices)
        texts.push_back(rule_text(each));
    return join(texts, " ");
}

}  // namespace

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

TEST_CASE("resolve: the rootfs path starts at the bundle unless it is absolute", "[config]") {
    Case c;
    c.spec.root->path = "./a/../b/";
    CHECK(c.resolve().setup.rootfs == "/bundle/b");
    c.spec.root->path = "/x/y/";
    CHECK(c.resolve().setup.rootfs == "/x/y");
    c.spec.root->path = "";
    CHECK(c.resolve().setup.rootfs == "/bundle");
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

TEST_CASE("resolve: the default devices come first, a configured one replaces its namesake", "[config]") {
    Case c;
    CHECK(device_paths(c.resolve()) == "/dev/null /dev/random /dev/full /dev/tty /dev/zero /dev/urandom");
    c.linux_part().devices = {
        {.path = "/dev/full", .type = "u", .major = 9, .minor = 8, .file_mode = 0100640, .uid = 3, .gid = 4},
        {.path = "/dev/ptmx", .type = "c", .major = 5, .minor = 2},
        {.path = "/dev/pipe", .type = "p", .major = -1, .minor = -1},
        {.path = "/dev/sda", .type = "b", .major = 8, .minor = 0},
    };
    const auto container = c.resolve();
    CHECK(device_paths(container) ==
          "/dev/null /dev/random /dev/tty /dev/zero /dev/urandom /dev/full /dev/pipe /dev/sda");
    const auto& full = container.setup.devices[5];
    CHECK(full.type == 'c');
    CHECK(full.major == 9);
    CHECK(full.minor == 8);
    CHECK(full.mode == 0640);
    CHECK(full.uid == 3);
    CHECK(full.gid == 4);
    CHECK(container.setup.devices[6].type == 'p');
    CHECK(container.setup.devices[7].type == 'b');
    CHECK(container.setup.devices[7].mode == 0666);
    CHECK(container.setup.devices[0].major == 1);
    CHECK(container.setup.devices[0].minor == 3);
}

TEST_CASE("resolve: with a user namespace every device is container root's", "[config]") {
    Case c;
    c.map_root();
    c.linux_part().devices = {{.path = "/dev/x", .type = "c", .major = 1, .minor = 1, .uid = 3, .gid = 4}};
    const auto container = c.resolve();
    CHECK(container.setup.has_user_namespace);
    CHECK(container.setup.devices.back().uid == 0);
    CHECK(container.setup.devices.back().gid == 0);
}

TEST_CASE("resolve: device rules end with the defaults that no configured device replaces", "[config]") {
    Case c;
    CHECK(rules_text(c.resolve()) ==
          "-a*:*rwm +c*:*m +b*:*m +c1:3rwm +c1:8rwm +c1:7rwm +c5:0rwm +c1:5rwm +c1:9rwm +c136:*rwm +c5:2rwm "
          "+c10:200rwm");
    c.linux_part().devices = {{.path = "/dev/null", .type = "c", .major = 1, .minor = 3}};
    c.linux_part().resources.reset();
    CHECK(rules_text(c.resolve()) ==
          "+c*:*m +b*:*m +c1:8rwm +c1:7rwm +c5:0rwm +c1:5rwm +c1:9rwm +c136:*rwm +c5:2rwm +c10:200rwm");
    c.linux_part().resources.emplace().devices = {
        {.allow = true, .type = "b", .major = -1, .minor = 4, .access = "r"}};
    CHECK(rules_text(c.resolve()).starts_with("+b*:4r "));
}

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

TEST_CASE("resolve: the process's scheduling words become numbers", "[config]") {
    Case c;
    c.process().scheduler = {.policy = "SCHED_RR", .priority = 3};
    c.process().io_priority = {.class_name = "IOPRIO_CLASS_IDLE", .priority = 2};
    c.process().user.umask = 077;
    c.process().console_size = {.height = 24, .width = 80};
    c.process().oom_score_adj = -5;
    c.linux_part().personality = {.domain = "LINUX32", .flags = {"A", "B"}};
    c.linux_part().memory_policy = {
        .mode = "MPOL_INTERLEAVE", .nodes = "0,2", .flags = {"MPOL_F_STATIC_NODES"}};
    const auto container = c.resolve();
    const auto& process = container.process;
    REQUIRE(process.scheduler);
    CHECK(process.scheduler->policy == 2);
    CHECK(process.scheduler->priority == 3);
    CHECK(process.io_priority == (3 << 13 | 2));
    CHECK(process.umask == 077);
    CHECK(container.umask == 077);
    CHECK(process.console_rows == 24);
    CHECK(process.console_columns == 80);
    CHECK(container.oom_score_adj == -5);
    CHECK(process.personality == 8);
    REQUIRE(process.memory_policy);
    CHECK(process.memory_policy->mode == (3 | 1 << 15));
    CHECK(process.memory_policy->node_mask == std::vector<std::uint64_t>{0b101});
    CHECK(container.warnings ==
          std::vector<std::string>{
              "ignoring unsupported personality flags: [A B] because personality flag has not "
              "supported at this time"});
}

TEST_CASE("resolve: absent capabilities stay absent", "[config]") {
    Case c;
    c.process().capabilities.reset();
    CHECK_FALSE(c.resolve().process.capabilities);
}

TEST_CASE("resolve: a seccomp profile without action and rules is none", "[config]") {
    Case c;
    c.linux_part().seccomp.emplace();
    CHECK_FALSE(c.resolve().seccomp);
    c.linux_part().seccomp->default_action = "SCMP_ACT_ALLOW";
    CHECK(c.resolve().seccomp == c.linux_part().seccomp);
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

TEST_CASE("resolve: a spec without a linux part is a container in the host's namespaces", "[config]") {
    Case c;
    c.spec.linux.reset();
    c.spec.hostname.clear();
    c.spec.mounts.clear();
    const auto container = c.resolve();
    CHECK(container.namespaces.create_flags == 0);
    CHECK(device_paths(container) == "/dev/null /dev/random /dev/full /dev/tty /dev/zero /dev/urandom");
}

TEST_CASE("resolve_process: exec takes from the container what its process object leaves out", "[config]") {
    Case c;
    c.process().scheduler = {.policy = "SCHED_BATCH"};
    c.process().user.umask = 027;
    c.linux_part().personality = {.domain = "LINUX32"};
    const auto container = c.resolve();
    const auto defaults = exec_defaults(container);
    const auto context = exec_context(defaults, c.facts);

    oci::Process process;
    process.args = {"ls"};
    process.cwd = "/tmp";
    process.user.umask = 0;
    process.exec_cpu_affinity = {.initial = "1", .final = "0-1"};
    auto resolved = resolve_process(process, context);
    CHECK(resolved.setup.capabilities->bounding == container.process.capabilities->bounding);
    CHECK(resolved.setup.scheduler->policy == 3);
    CHECK(resolved.setup.personality == 8);
    CHECK(resolved.setup.keyring_name == "_ses.box");
    CHECK(resolved.setup.umask == 027);
    CHECK(resolved.setup.cwd == "/tmp");
    CHECK_FALSE(resolved.setup.no_new_privileges);
    CHECK(resolved.affinity.initial == std::vector<std::uint64_t>{2});
    CHECK(resolved.affinity.final == std::vector<std::uint64_t>{3});

    process.capabilities.emplace();
    process.scheduler = {.policy = "SCHED_IDLE"};
    resolved = resolve_process(process, context);
    CHECK(resolved.setup.capabilities->bounding == 0);
    CHECK(resolved.setup.scheduler->policy == 5);
}

TEST_CASE("resolve_process: without a configured umask exec leaves it alone", "[config]") {
    Case c;
    const auto container = c.resolve();
    const auto defaults = exec_defaults(container);
    const auto resolved = resolve_process(c.process(), exec_context(defaults, c.facts));
    CHECK_FALSE(resolved.setup.umask);
}

TEST_CASE("resolve: labels pass when the host knows them", "[config]") {
    Case c;
    c.process().apparmor_profile = "p";
    c.process().selinux_label = "l";
    c.linux_part().mount_label = "m";
    c.facts.apparmor_enabled = true;
    c.facts.selinux_enabled = true;
    const auto container = c.resolve();
    CHECK(container.process.apparmor_profile == "p");
    CHECK(container.process.selinux_label == "l");
    CHECK(container.setup.mount_label == "m");
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
