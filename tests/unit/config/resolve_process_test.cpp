// SPDX-License-Identifier: Apache-2.0
// What the process of correct specs becomes, that of exec too.
#include "unit/config/made_up_host.h"

using namespace runcxx;
using namespace runcxx::config;
using runcxx::config::test::Case;

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
