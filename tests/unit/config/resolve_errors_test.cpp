// SPDX-License-Identifier: Apache-2.0
// One row per rule: how the spec is spoilt, and the text that clients of runc know.
#include <functional>

#include "unit/config/made_up_host.h"

using namespace runcxx;
using namespace runcxx::config;
using runcxx::config::test::Case;

namespace {

struct Row {
    const char* name;
    std::function<void(Case&)> spoil;
    std::string error;
};

[[noreturn]] void missing(const std::string& path) {
    throw Error(Error::Kind::Failure, "stat " + path + ": no such file or directory", 2);
}

const std::vector<Row>& conversion_rows() {
    static const std::vector<Row> rows = {
        {"no process", [](Case& c) { c.spec.process.reset(); }, "process property must not be empty"},
        {"no cwd", [](Case& c) { c.process().cwd.clear(); }, "Cwd property must not be empty"},
        {"relative cwd", [](Case& c) { c.process().cwd = "tmp"; }, "Cwd must be an absolute path"},
        {"no args", [](Case& c) { c.process().args.clear(); }, "args must not be empty"},
        {"selinux label", [](Case& c) { c.process().selinux_label = "x"; },
         "selinux label is specified in config, but selinux is disabled or not supported"},
        {"empty id", [](Case& c) { c.options.id.clear(); }, "container id cannot be empty"},
        {"no root", [](Case& c) { c.spec.root.reset(); }, "root must be specified"},
        {"NUL in a mount",
         [](Case& c) {
             c.spec.mounts = {{.destination = "/x",
                               .type = "tmpfs",
                               .source = std::string("a\0b", 3),
                               .options = {"ro", "b"}}};
         },
         "invalid mount {Destination:/x Type:tmpfs Source:a" + std::string(1, '\0') +
             "b Options:[ro b]}: mount field contains null byte"},
        {"a link that is to be copied and bound",
         [](Case& c) {
             c.spec.mounts = {
                 {.destination = "/x", .source = "/y", .options = {"bind", "copy-symlink", "src-nofollow"}}};
         },
         "invalid mount {Destination:/x Type: Source:/y Options:[bind copy-symlink src-nofollow]}: "
         "copy-symlink "
         "goes with neither src-nofollow nor dest-nofollow"},
        {"annotation", [](Case& c) { c.spec.annotations["run.oci.pidfd_receiver"] = "p"; },
         "annotation run.oci.pidfd_receiver: \"p\" is not an absolute path"},
        {"device type", [](Case& c) { c.linux_part().devices = {{.path = "/dev/x", .type = "x"}}; },
         "invalid device type \"x\""},
        {"device number",
         [](Case& c) { c.linux_part().devices = {{.path = "/dev/x", .type = "c", .major = -1, .minor = 3}}; },
         "invalid device number -1:3 of \"/dev/x\""},
        {"systemd path",
         [](Case& c) {
             c.options.systemd_cgroup = true;
             c.linux_part().cgroups_path = "/a/b";
         },
         "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/a/b\" "
         "instead"},
        {"systemd annotation before the path",
         [](Case& c) {
             c.options.systemd_cgroup = true;
             c.linux_part().cgroups_path = "/a/b";
             c.spec.annotations["org.systemd.property.Ab"] = "1";
         },
         "annotation org.systemd.property.Ab name incorrect: too short"},
        {"device rule without access",
         [](Case& c) {
             c.linux_part().resources->devices = {{.type = "c", .access = "r"}, {.type = "c", .access = ""}};
         },
         "device access at 1 field cannot be empty"},
        {"device rule type",
         [](Case& c) { c.linux_part().resources->devices = {{.type = "p", .access = "r"}}; },
         "invalid cgroup device type \"p\""},
        {"device rule numbers",
         [](Case& c) {
             c.linux_part().resources->devices = {{.type = "c", .major = 4294967296, .access = "r"}};
         },
         "invalid major number 4294967296 of device rule 0"},
        {"negative device rule numbers",
         [](Case& c) {
             c.linux_part().resources->devices = {{.type = "c", .major = 1, .minor = -2, .access = "r"}};
         },
         "invalid minor number -2 of device rule 0"},
        {"propagation word", [](Case& c) { c.linux_part().rootfs_propagation = "foo"; },
         "rootfsPropagation=foo is not supported"},
        {"propagation word of another table", [](Case& c) { c.linux_part().rootfs_propagation = "ro"; },
         "rootfsPropagation=ro is not supported"},
        {"private without pivot_root",
         [](Case& c) {
             c.options.no_pivot = true;
             c.linux_part().rootfs_propagation = "rprivate";
         },
         "rootfsPropagation of [r]private is not safe without pivot_root"},
        {"unknown namespace", [](Case& c) { c.add_namespace("foo"); },
         "namespace {\"foo\" \"\"} does not exist"},
        {"namespace twice", [](Case& c) { c.add_namespace("pid", "/p"); },
         "malformed spec file: duplicated ns {\"pid\" \"/p\"}"},
        {"user namespace path and other mappings",
         [](Case& c) {
             c.add_namespace("user", "/u");
             c.linux_part().uid_mappings = {{0, 5, 1}};
             c.linux_part().gid_mappings = {{0, 5, 1}};
         },
         "user namespaces enabled, but both namespace path and non-matching mapping specified -- you may "
         "only "
         "provide one"},
        {"user namespace path that cannot be read",
         [](Case& c) {
             c.add_namespace("user", "/u");
             c.queries.user_namespace = [](const std::string& path) -> UserNamespaceFacts { missing(path); };
         },
         "failed to cache mappings for userns: stat /u: no such file or directory"},
        {"new user namespace with half a mapping",
         [](Case& c) {
             c.add_namespace("user");
             c.linux_part().uid_mappings = {{0, 5, 1}};
         },
         "user namespaces enabled, but no gid mappings found"},
        {"joined user namespace without uid mappings",
         [](Case& c) {
             c.add_namespace("user", "/u");
             c.queries.user_namespace = [](const std::string&) { return UserNamespaceFacts{}; };
         },
         "user namespaces enabled, but no uid mappings found"},
        {"joined user namespace without gid mappings",
         [](Case& c) {
             c.add_namespace("user", "/u");
             c.queries.user_namespace = [](const std::string&) {
                 return UserNamespaceFacts{.uid_mappings = {{0, 5, 1}}};
             };
         },
         "user namespaces enabled, but no gid mappings found"},
        {"user namespace without uid 0",
         [](Case& c) {
             c.map_root();
             c.linux_part().uid_mappings = {{1, 5, 1}};
         },
         "user namespaces enabled, but no mapping found for uid 0"},
        {"user namespace without gid 0",
         [](Case& c) {
             c.map_root();
             c.linux_part().gid_mappings = {{1, 5, 1}};
         },
         "user namespaces enabled, but no mapping found for gid 0"},
        {"memory policy mode", [](Case& c) { c.linux_part().memory_policy = {.mode = "MPOL_X"}; },
         "invalid memory policy mode \"MPOL_X\""},
        {"memory policy nodes",
         [](Case& c) { c.linux_part().memory_policy = {.mode = "MPOL_BIND", .nodes = "3-1"}; },
         "invalid memory policy nodes \"3-1\": invalid range: 3-1"},
        {"memory policy flag",
         [](Case& c) {
             c.linux_part().memory_policy = {.mode = "MPOL_BIND", .nodes = "0", .flags = {"MPOL_F_X"}};
         },
         "invalid memory policy flag \"MPOL_F_X\""},
        {"personality", [](Case& c) { c.linux_part().personality = {.domain = "LINUX16"}; },
         "invalid personality domain LINUX16"},
        {"initial affinity", [](Case& c) { c.process().exec_cpu_affinity.initial = "5-1"; },
         "bad CPUAffinity.Initial: invalid range: 5-1"},
        {"final affinity", [](Case& c) { c.process().exec_cpu_affinity.final = "65537"; },
         "bad CPUAffinity.Final: values larger than 65536 are not supported"},
    };
    return rows;
}

const std::vector<Row>& validation_rows() {
    static const std::vector<Row> rows = {
        {"id with a slash", [](Case& c) { c.options.id = "a/b"; }, "invalid container ID format"},
        {"id ..", [](Case& c) { c.options.id = ".."; }, "invalid container ID format"},
        {"unified on v1", [](Case& c) { c.linux_part().resources->unified["memory.high"] = "1"; },
         "invalid configuration: cannot use unified on cgroup v1"},
        {"swap without limit on v2",
         [](Case& c) {
             c.facts = test::root_on_v2();
             c.linux_part().resources->memory.swap = 100;
         },
         "unable to set swap limit without memory limit"},
        {"negative memory on v2",
         [](Case& c) {
             c.facts = test::root_on_v2();
             c.linux_part().resources->memory.limit = -5;
             c.linux_part().resources->memory.swap = 100;
         },
         "invalid memory value: -5"},
        {"swap below limit on v2",
         [](Case& c) {
             c.facts = test::root_on_v2();
             c.linux_part().resources->memory.limit = 200;
             c.linux_part().resources->memory.swap = 100;
         },
         "memory+swap limit should be >= memory limit"},
        {"missing rootfs",
         [](Case& c) { c.queries.real_path = [](const std::string& path) -> std::string { missing(path); }; },
         "invalid rootfs: stat /bundle/rootfs: no such file or directory"},
        {"rootfs by a symlink",
         [](Case& c) { c.queries.real_path = [](const std::string&) { return "/real"; }; },
         "invalid rootfs: not an absolute path, or a symlink"},
        {"hostname", [](Case& c) { c.remove_namespace("uts"); },
         "unable to set hostname without a private UTS namespace"},
        {"domainname",
         [](Case& c) {
             c.remove_namespace("uts");
             c.spec.hostname.clear();
             c.spec.domainname = "x";
         },
         "unable to set domainname without a private UTS namespace"},
        {"masked paths", [](Case& c) { c.remove_namespace("mount"); },
         "unable to restrict sys entries without a private MNT namespace"},
        {"readonly paths",
         [](Case& c) {
             c.remove_namespace("mount");
             c.linux_part().masked_paths.clear();
         },
         "unable to restrict sys entries without a private MNT namespace"},
        {"no user namespaces",
         [](Case& c) {
             c.map_root();
             c.facts.user_namespaces = false;
         },
         "user namespaces aren't enabled in the kernel"},
        {"no cgroup namespaces",
         [](Case& c) {
             c.add_namespace("cgroup");
             c.facts.cgroup_namespaces = false;
         },
         "cgroup namespaces aren't enabled in the kernel"},
        {"no time namespaces",
         [](Case& c) {
             c.add_namespace("time");
             c.facts.time_namespaces = false;
         },
         "time namespaces aren't enabled in the kernel"},
        {"time offsets and a path",
         [](Case& c) {
             c.add_namespace("time", "/t");
             c.linux_part().time_offsets["boottime"] = {1, 2};
         },
         "time namespace enabled, but both namespace path and time offsets specified -- you may only provide "
         "one"},
        {"time offsets without the namespace",
         [](Case& c) {
             c.linux_part().time_offsets["boottime"] = {1, 2};
         },
         "time namespace offsets specified, but time namespace isn't enabled in the config"},
        {"intelRdt without resctrl", [](Case& c) { c.linux_part().intel_rdt.emplace(); },
         "intelRdt is specified in config, but Intel RDT is not enabled"},
        {"closID with a slash",
         [](Case& c) {
             c.facts.resctrl = host::Resctrl{.path = "/sys/fs/resctrl"};
             c.linux_part().intel_rdt = {.clos_id = "a/b"};
         },
         "invalid intelRdt.ClosID \"a/b\""},
        {"closID ..",
         [](Case& c) {
             c.facts.resctrl = host::Resctrl{.path = "/sys/fs/resctrl"};
             c.linux_part().intel_rdt = {.clos_id = ".."};
         },
         "invalid intelRdt.ClosID \"..\""},
        {"cache schema without cache allocation",
         [](Case& c) {
             c.facts.resctrl = host::Resctrl{.path = "/sys/fs/resctrl", .has_bandwidth_allocation = true};
             c.linux_part().intel_rdt = {.l3_cache_schema = "L3:0=f"};
         },
         "intelRdt.l3CacheSchema is specified in config, but Intel RDT/CAT is not enabled"},
        {"bandwidth schema without bandwidth allocation",
         [](Case& c) {
             c.facts.resctrl = host::Resctrl{.path = "/sys/fs/resctrl", .has_cache_allocation = true};
             c.linux_part().intel_rdt = {.mem_bw_schema = "MB:0=20"};
         },
         "intelRdt.memBwSchema is specified in config, but Intel RDT/MBA is not enabled"},
        {"netDevices without a network namespace",
         [](Case& c) {
             c.remove_namespace("network");
             c.linux_part().net_devices["eth0"] = {};
         },
         "unable to move network devices without a NET namespace"},
        {"netDevices with rootless cgroups",
         [](Case& c) {
             c.options.rootless_cgroups = true;
             c.linux_part().net_devices["eth0"] = {};
         },
         "network devices are not supported for rootless containers"},
        {"name of a network device on the host",
         [](Case& c) { c.linux_part().net_devices["eth/0"] = {.name = "eth0"}; },
         "invalid network device name \"eth/0\""},
        {"name of a network device inside",
         [](Case& c) { c.linux_part().net_devices["eth0"] = {.name = "sixteen-letters-"}; },
         "invalid network device name \"sixteen-letters-\""},
        {"rootless without a user namespace", [](Case& c) { c.facts = test::user_1000(); },
         "rootless container requires user namespaces"},
        {"rootless with an unmapped uid= option",
         [](Case& c) {
             c.facts = test::user_1000();
             c.map_root();
             c.add_mount({.destination = "/x", .type = "tmpfs", .options = {"mode=1", "uid=50"}});
         },
         "cannot specify uid=50 mount option for rootless container: user namespaces enabled, but no mapping "
         "found "
         "for uid 50"},
        {"rootless with an unmapped gid= option",
         [](Case& c) {
             c.facts = test::user_1000();
             c.map_root();
             c.spec.mounts.clear();
             c.add_mount({.destination = "/x", .type = "tmpfs", .options = {"uid=x", "gid=50"}});
         },
         "cannot specify gid=50 mount option for rootless container: user namespaces enabled, but no mapping "
         "found "
         "for gid 50"},
        {"bind with data",
         [](Case& c) {
             c.add_mount(
                 {.destination = "/x", .type = "none", .source = "/y", .options = {"bind", "size=1"}});
         },
         "invalid mount &{Source:/y Destination:/x Device:bind Flags:4096 Data:size=1}: bind mounts cannot "
         "have any "
         "filesystem-specific options applied"},
        {"id-mapped tmpfs",
         [](Case& c) {
             c.add_mount({.destination = "/x", .type = "tmpfs", .source = "t", .options = {"idmap"}});
         },
         "invalid mount &{Source:t Destination:/x Device:tmpfs Flags:0 Data:}: id-mapped mounts are only "
         "supported "
         "for bind-mounts"},
        {"id-mapped mount by a user",
         [](Case& c) {
             c.facts = test::user_1000();
             c.map_root();
             std::erase_if(c.spec.mounts,
                           [](const oci::Mount& each) { return each.destination == "/dev/pts"; });
             c.add_mount({.destination = "/x", .source = "/y", .options = {"bind", "idmap"}});
         },
         "invalid mount &{Source:/y Destination:/x Device:bind Flags:4096 Data:}: id-mapped mounts are not "
         "supported "
         "for rootless containers"},
        {"id-mapped mount without mappings",
         [](Case& c) {
             c.add_mount({.destination = "/x", .source = "/y", .options = {"bind", "idmap"}});
         },
         "invalid mount &{Source:/y Destination:/x Device:bind Flags:4096 Data:}: id-mapped mounts must have "
         "both uid "
         "and gid mappings specified"},
        {"id-mapped mount with uid mappings only",
         [](Case& c) {
             c.add_mount(
                 {.destination = "/x", .source = "/y", .options = {"bind"}, .uid_mappings = {{0, 1, 1}}});
         },
         "invalid mount &{Source:/y Destination:/x Device:bind Flags:4096 Data:}: id-mapped mounts must have "
         "both uid "
         "and gid mappings specified"},
        {"scheduler without policy", [](Case& c) { c.process().scheduler.emplace(); },
         "scheduler policy is required"},
        {"nice", [](Case& c) { c.process().scheduler = {.policy = "SCHED_OTHER", .nice = 20}; },
         "invalid scheduler.nice: 20 when scheduler.policy is SCHED_OTHER"},
        {"nice below", [](Case& c) { c.process().scheduler = {.policy = "SCHED_BATCH", .nice = -21}; },
         "invalid scheduler.nice: -21 when scheduler.policy is SCHED_BATCH"},
        {"priority", [](Case& c) { c.process().scheduler = {.policy = "SCHED_OTHER", .priority = 1}; },
         "scheduler.priority can only be specified for SchedFIFO or SchedRR policy"},
        {"deadline", [](Case& c) { c.process().scheduler = {.policy = "SCHED_RR", .deadline = 1}; },
         "scheduler runtime/deadline/period can only be specified for SchedDeadline policy"},
        {"unknown policy", [](Case& c) { c.process().scheduler = {.policy = "SCHED_X"}; },
         "invalid scheduler policy: SCHED_X"},
        {"unknown scheduler flag",
         [](Case& c) { c.process().scheduler = {.policy = "SCHED_OTHER", .flags = {"X"}}; },
         "invalid scheduler flag: X"},
        {"io priority",
         [](Case& c) { c.process().io_priority = {.class_name = "IOPRIO_CLASS_BE", .priority = 9}; },
         "invalid ioPriority.Priority: 9"},
        {"io class", [](Case& c) { c.process().io_priority = {.class_name = "X", .priority = 1}; },
         "invalid ioPriority.Class: \"X\""},
        {"default policy with nodes",
         [](Case& c) { c.linux_part().memory_policy = {.mode = "MPOL_DEFAULT", .nodes = "0-1"}; },
         "memory policy mode requires 0 nodes but got 2"},
        {"binding policy without nodes",
         [](Case& c) { c.linux_part().memory_policy = {.mode = "MPOL_BIND"}; },
         "memory policy mode requires at least one node but got 0"},
        {"rlimit", [](Case& c) { c.process().rlimits = {{.type = "RLIMIT_FOO"}}; },
         "wrong rlimit value: RLIMIT_FOO"},
        {"environment", [](Case& c) { c.process().env = {"A"}; },
         "invalid environment variable: missing '='"},
        {"groups when rootless",
         [](Case& c) {
             c.facts = test::user_1000();
             c.map_root();
             c.process().user.additional_gids = {5};
         },
         "cannot set any additional groups in a rootless container"},
        {"apparmor", [](Case& c) { c.process().apparmor_profile = "x"; },
         "unable to apply apparmor profile: apparmor: config provided but apparmor not supported"},
    };
    return rows;
}

void check_rows(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        DYNAMIC_SECTION(row.name) {
            Case c;
            row.spoil(c);
            CHECK(c.error() == row.error);
            if (row.error.starts_with("not supported yet")) {
                CHECK(c.error_kind() == Error::Kind::NotSupported);
            }
        }
    }
}

}  // namespace

TEST_CASE("resolve: the unspoilt spec is accepted", "[config]") {
    CHECK(Case().error().empty());
}

TEST_CASE("resolve: each conversion rule has its error", "[config]") {
    check_rows(conversion_rows());
}

TEST_CASE("resolve: each validation rule has its error", "[config]") {
    check_rows(validation_rows());
}

TEST_CASE("resolve: the earlier rule wins, and conversion comes before validation", "[config]") {
    // Neighbours in runc's order: with both spoilt, the first is reported.
    const auto check_order = [](const std::vector<Row>& rows, const char* first, const char* second) {
        const auto find = [&](const char* name) -> const Row& {
            for (const auto& row : rows)
                if (std::string_view(row.name) == name) return row;
            throw Error(std::string("no row ") + name);
        };
        Case c;
        find(second).spoil(c);
        find(first).spoil(c);
        INFO(first << " before " << second);
        CHECK(c.error() == find(first).error);
    };
    check_order(conversion_rows(), "no process", "empty id");
    check_order(conversion_rows(), "empty id", "no root");
    check_order(conversion_rows(), "no root", "NUL in a mount");
    check_order(conversion_rows(), "NUL in a mount", "device type");
    check_order(conversion_rows(), "device type", "device rule type");
    check_order(conversion_rows(), "device rule type", "propagation word");
    check_order(conversion_rows(), "propagation word", "unknown namespace");
    check_order(conversion_rows(), "unknown namespace", "memory policy mode");
    check_order(validation_rows(), "id ..", "unified on v1");
    check_order(validation_rows(), "unified on v1", "missing rootfs");
    check_order(validation_rows(), "missing rootfs", "hostname");
    check_order(validation_rows(), "hostname", "masked paths");
    check_order(validation_rows(), "masked paths", "no time namespaces");
    check_order(validation_rows(), "no time namespaces", "bind with data");
    check_order(validation_rows(), "bind with data", "nice");
    check_order(validation_rows(), "nice", "io class");
    check_order(validation_rows(), "io class", "default policy with nodes");
    check_order(validation_rows(), "default policy with nodes", "rlimit");

    Case c;
    c.options.id = "a/b";
    c.spec.root.reset();
    CHECK(c.error() == "root must be specified");
}

TEST_CASE("check_id: letters, digits, _ + - . and nothing else", "[config]") {
    for (const std::string good : {"a", "A9", "_", "+", "-", "a.b", "...", ".a", "-rf", "Az_0+-."}) {
        CAPTURE(good);
        CHECK_NOTHROW(check_id(good));
    }
    for (const std::string bad : {".", "..", "/", "a/b", "a b", "a:b", "\xc3\xa4", "a\n", "@"}) {
        CAPTURE(bad);
        CHECK_THROWS_WITH(check_id(bad), "invalid container ID format");
    }
}

TEST_CASE("check_terminal: a console socket goes with a detached terminal", "[config]") {
    CHECK_NOTHROW(check_terminal(true, true, true));
    CHECK_NOTHROW(check_terminal(true, false, false));
    CHECK_NOTHROW(check_terminal(false, true, false));
    CHECK_THROWS_WITH(check_terminal(true, true, false),
                      "cannot allocate tty if runc will detach without setting console socket");
    const std::string useless = "cannot use console socket if runc will not detach or allocate tty";
    CHECK_THROWS_WITH(check_terminal(true, false, true), useless);
    CHECK_THROWS_WITH(check_terminal(false, true, true), useless);
}
