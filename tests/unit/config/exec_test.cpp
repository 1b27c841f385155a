// SPDX-License-Identifier: Apache-2.0
#include "config/exec.h"

#include "base/error.h"
#include "config/config_fields.h"
#include "config/resolve.h"
#include "oci/json_value.h"
#include "unit/config/made_up_host.h"

using namespace runcxx;
using namespace runcxx::config;

namespace {

oci::Process template_process() {
    oci::Process process;
    process.args = {"sh"};
    process.env = {"A=1"};
    process.cwd = "/home";
    process.terminal = true;
    process.user = {.uid = 3, .gid = 4, .additional_gids = {5}};
    process.capabilities = oci::Capabilities{.bounding = {"CAP_KILL"}};
    return process;
}

std::string why(const ProcessOverrides& overrides) {
    auto process = template_process();
    try {
        override_process(process, overrides);
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::InvalidConfig);
        return error.message();
    }
    return {};
}

std::string why_user(const std::string& user) {
    return why({.args = {"x"}, .user = user});
}

std::string why_cgroups(const std::vector<std::string>& arguments) {
    try {
        parse_sub_cgroups(arguments);
    } catch (const Error& error) {
        return error.message();
    }
    return {};
}

}  // namespace

TEST_CASE("exec: what is not given stays, but for the command and the terminal", "[config]") {
    auto process = template_process();
    override_process(process, {.args = {"ls", "-l"}});
    auto expected = template_process();
    expected.args = {"ls", "-l"};
    expected.terminal = false;
    CHECK(process == expected);
    CHECK(why({}) == "exec args cannot be empty");
}

TEST_CASE("exec: lists are added to, single values replaced", "[config]") {
    auto process = template_process();
    override_process(process, {.args = {"x"},
                               .cwd = "/tmp",
                               .env = {"B=2"},
                               .user = "7:8",
                               .additional_gids = {9, 10},
                               .selinux_label = "label",
                               .apparmor_profile = "profile",
                               .no_new_privileges = true,
                               .terminal = true});
    CHECK(process.cwd == "/tmp");
    CHECK(process.env == oci::Strings{"A=1", "B=2"});
    CHECK(process.user == oci::User{.uid = 7, .gid = 8, .additional_gids = {5, 9, 10}});
    CHECK(process.selinux_label == "label");
    CHECK(process.apparmor_profile == "profile");
    CHECK(process.no_new_privileges);
    CHECK(process.terminal);
}

TEST_CASE("exec: a uid alone leaves the gid", "[config]") {
    auto process = template_process();
    override_process(process, {.args = {"x"}, .user = "4294967294"});
    CHECK(process.user.uid == 4294967294U);
    CHECK(process.user.gid == 4);
}

TEST_CASE("exec: a user is decimal digits and nothing else", "[config]") {
    CHECK(why_user("0") == "");
    CHECK(why_user("007:0008") == "");
    for (const char* bad : {"root", ":0", " 0", "0 ", "-1", "+0", "0x0", "1.0", "1_0", "\n0", "0\n", "1:2:3",
                            "1:", "1:-1", "1: 2", "1:+2", "1:x"}) {
        INFO(bad);
        CHECK_THAT(why_user(bad), Catch::Contains("invalid syntax"));
    }
    for (const char* bad : {"4294967295", "4294967296", "18446744073709551616", "0:4294967295"}) {
        INFO(bad);
        CHECK_THAT(why_user(bad), Catch::Contains("value out of range"));
    }
    CHECK(why_user("x") == R"(bad uid: strconv.Atoi: parsing "x": invalid syntax)");
    CHECK(why_user("x:y") == R"(bad gid: strconv.Atoi: parsing "y": invalid syntax)");
}

TEST_CASE("exec: groups are ids", "[config]") {
    CHECK(why({.args = {"x"}, .additional_gids = {-7}}) == "additional-gids must be a positive number -7");
    CHECK_THAT(why({.args = {"x"}, .additional_gids = {4294967295}}), Catch::Contains("bad additional gid"));
}

TEST_CASE("exec: capabilities are never made inheritable", "[config]") {
    auto process = template_process();
    override_process(process, {.args = {"x"}, .capabilities = {"CAP_CHOWN"}});
    CHECK(process.capabilities->bounding == oci::Strings{"CAP_KILL", "CAP_CHOWN"});
    CHECK(process.capabilities->effective == oci::Strings{"CAP_CHOWN"});
    CHECK(process.capabilities->permitted == oci::Strings{"CAP_CHOWN"});
    CHECK(process.capabilities->inheritable.empty());
    CHECK(process.capabilities->ambient.empty());

    process = template_process();
    process.capabilities->inheritable = {"CAP_KILL"};
    override_process(process, {.args = {"x"}, .capabilities = {"CAP_CHOWN"}});
    CHECK(process.capabilities->inheritable == oci::Strings{"CAP_KILL"});
    CHECK(process.capabilities->ambient == oci::Strings{"CAP_CHOWN"});

    process.capabilities.reset();
    override_process(process, {.args = {"x"}, .capabilities = {"CAP_CHOWN"}});
    CHECK_FALSE(process.capabilities);
}

TEST_CASE("exec: cgroups below the container's are named for all controllers or for some", "[config]") {
    CHECK(parse_sub_cgroups({}).empty());
    CHECK(parse_sub_cgroups({"a/b"}) == SubCgroups{{"", "a/b"}});
    CHECK(parse_sub_cgroups({"cpu,cpuacct:x", "memory:y:z"}) ==
          SubCgroups{{"cpu", "x"}, {"cpuacct", "x"}, {"memory", "y:z"}});
    CHECK(why_cgroups({":x"}) == "invalid --cgroup argument: :x (empty <controller> prefix)");
    CHECK(why_cgroups({"cpu,:x"}) == "invalid --cgroup argument: cpu,:x (empty <controller> prefix)");
    CHECK(why_cgroups({"x", "cpu:y"}) == "invalid --cgroup argument: x (missing <controller>: prefix)");
    CHECK(why_cgroups({"cpu:x", "cpu:y"}) ==
          "invalid --cgroup argument(s): controller cpu specified multiple times");
}

TEST_CASE("exec: what the container keeps for later processes survives its record", "[config]") {
    test::Case c;
    c.map_root();
    c.process().oom_score_adj = 7;
    c.process().user.umask = 027;
    c.process().scheduler = {.policy = "SCHED_BATCH"};
    c.process().io_priority = {.class_name = "IOPRIO_CLASS_BE", .priority = 4};
    c.process().exec_cpu_affinity = {.initial = "0", .final = "64"};
    c.linux_part().personality = {.domain = "LINUX32"};
    c.linux_part().memory_policy = {.mode = "MPOL_BIND", .nodes = "0"};
    auto defaults = exec_defaults(c.resolve());
    defaults.seccomp = {
        .flags = 2, .has_listener = true, .listener_path = "/agent", .listener_metadata = "m"};
    const auto read = oci::from_json<ExecDefaults>(oci::to_json(defaults));

    oci::Process process;
    process.args = {"ls"};
    process.cwd = "/";
    const auto resolved = resolve_process(process, exec_context(read, c.facts));
    CHECK(read.namespaces == defaults.namespaces);
    CHECK(read.uid_mappings == c.linux_part().uid_mappings);
    CHECK(read.oom_score_adj == 7);
    CHECK(read.seccomp->listener_path == "/agent");
    CHECK(resolved.setup.umask == 027);
    CHECK(resolved.setup.personality == 8);
    CHECK(resolved.setup.memory_policy->node_mask == std::vector<std::uint64_t>{1});
    CHECK(resolved.setup.keyring_name == "_ses.box");
    CHECK(resolved.setup.capabilities->bounding == defaults.capabilities->bounding);
    CHECK(resolved.setup.scheduler->policy == 3);
    CHECK(resolved.setup.io_priority == (2 << 13 | 4));
    CHECK(resolved.affinity.initial == std::vector<std::uint64_t>{1});
    CHECK(resolved.affinity.final == std::vector<std::uint64_t>{0, 1});
    CHECK(resolved.setup.set_groups);
}

TEST_CASE("exec: the AppArmor profile is the process object's alone, as in runc", "[config]") {
    test::Case c;
    c.facts.apparmor_enabled = true;
    c.facts.selinux_enabled = true;
    c.process().apparmor_profile = "profile";
    c.process().selinux_label = "label";
    const auto defaults = exec_defaults(c.resolve());
    oci::Process process;
    process.args = {"ls"};
    process.cwd = "/";
    const auto resolved = resolve_process(process, exec_context(defaults, c.facts));
    CHECK(resolved.setup.apparmor_profile.empty());
    CHECK(resolved.setup.selinux_label == "label");
}
