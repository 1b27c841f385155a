// SPDX-License-Identifier: Apache-2.0
// The managers against this host's real cgroups.
#include "unit/cgroups/live.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>

#include "base/error.h"
#include "cgroups/manager.h"
#include "support/catch.h"
#include "sys/child_process.h"
#include "sys/poll.h"

using namespace runcxx;
using cgroups::DeviceRules;
using namespace runcxx::tests;

TEST_CASE("live: paths are known before anything is made", "[root]") {
    NEEDS_CGROUPS();
    Live live;
    CHECK_FALSE(live.manager->exists());
    for (const auto& [controller, path] : live.manager->paths().by_controller)
        CHECK(access(path.c_str(), F_OK) != 0);
    live.create();
    CHECK(live.manager->exists());
    for (const auto& [controller, path] : live.manager->paths().by_controller)
        CHECK(access(path.c_str(), F_OK) == 0);
}

TEST_CASE("live: a rollback removes what was made, level by level", "[root]") {
    NEEDS_CGROUPS();
    Live live({}, "/a/b");
    live.create();
    CHECK(live.created.directories.size() >= 3);
    cgroups::remove_created(live.created);
    CHECK_FALSE(live.manager->exists());
    for (const auto& path : live.created.directories)
        CHECK(access(path.c_str(), F_OK) != 0);
}

TEST_CASE("live: a process is born in every hierarchy without a write to cgroup.procs", "[root]") {
    NEEDS_CGROUPS();
    Live live;
    live.create();
    const auto pid = live.sleeper();
    const auto text = contents("/proc/" + std::to_string(pid) + "/cgroup");
    for (const auto& [controller, path] : live.manager->paths().by_controller) {
        INFO(controller << " in\n" << text);
        CHECK(text.find((controller.empty() ? "0:" : "") + (controller.empty() ? ":" : controller + ":") +
                        live.top + "\n") != text.npos);
    }
    CHECK(live.manager->pids() == std::vector<pid_t>{pid});
}

TEST_CASE("live: a running process is moved into every hierarchy", "[root]") {
    NEEDS_CGROUPS();
    Live live;
    live.create();
    const auto child = sys::spawn({.path = "/bin/sleep", .args = {"sleep", "60"}});
    live.children.push_back(child.pid());
    live.manager->add_process(child.pid());
    CHECK(live.manager->pids() == std::vector<pid_t>{child.pid()});
    CHECK_THROWS_WITH(live.manager->spawn_target({{"", "../elsewhere"}}),
                      "bad sub cgroup path: ../elsewhere");
    CHECK_THROWS_WITH(live.manager->add_process(0x3ffffff), Catch::Contains("failed to write 67108863"));
}

TEST_CASE("live: a cgroup with processes or that is frozen is refused", "[root]") {
    NEEDS_CGROUPS();
    Live live;
    live.create();
    const auto pid = live.sleeper();
    const auto again = cgroups::restore_manager(live.manager->paths(), false);
    CHECK_THROWS_WITH(again->create(), "container's cgroup is not empty: 1 process(es) found");
    kill(pid, SIGKILL);
    REQUIRE(live.ended(pid));
    again->freeze({});
    CHECK_THROWS_WITH(again->create(), "container's cgroup unexpectedly frozen");
    again->thaw();
    CHECK_NOTHROW(again->create());
    CHECK(live.manager->exists());
}

TEST_CASE("live: freezing stops, thawing resumes, killing ends frozen processes too", "[root]") {
    NEEDS_CGROUPS();
    Live live;
    live.create();
    const auto pid = live.sleeper(), second = live.sleeper();
    CHECK_FALSE(live.manager->is_frozen());
    live.manager->freeze({});
    CHECK(live.manager->is_frozen());
    live.manager->thaw();
    CHECK_FALSE(live.manager->is_frozen());
    live.manager->freeze({});
    const auto before = sys::monotonic_ms();
    live.manager->kill_all(SIGKILL);
    CHECK(live.ended(pid));
    CHECK(live.ended(second));
    CHECK(live.manager->wait_until_empty(sys::monotonic_ms() + 2000));
    CHECK(sys::monotonic_ms() - before < 1000);
    live.manager->remove();
    CHECK_FALSE(live.manager->exists());
    CHECK_THROWS_WITH(live.manager->kill_all(SIGKILL), "cgroup not exist");
    CHECK_NOTHROW(cgroups::kill_remaining(*live.manager));
}

TEST_CASE("live: waiting for an empty cgroup ends at its deadline", "[root]") {
    NEEDS_CGROUPS();
    Live live;
    live.create();
    CHECK(live.manager->wait_until_empty(sys::monotonic_ms()));
    live.sleeper();
    CHECK_FALSE(live.manager->wait_until_empty(sys::monotonic_ms() + 30));
}

TEST_CASE("live: removing takes what the container made below, and names who is inside", "[root]") {
    NEEDS_CGROUPS();
    Live live;
    live.create();
    for (const auto& [controller, path] : live.manager->paths().by_controller)
        mkdir((path + "/below").c_str(), 0755);
    const auto pid = live.sleeper();
    CHECK_THROWS_WITH(live.manager->remove(),
                      Catch::Contains("unable to remove container's cgroup: rmdir ") &&
                          Catch::Contains(std::to_string(pid) + " sleep (S)"));
    kill(pid, SIGKILL);
    REQUIRE(live.ended(pid));
    live.manager->remove();
    CHECK_FALSE(live.manager->exists());
}

TEST_CASE("live: a nested path gets its cpuset from above", "[root][v1]") {
    NEEDS_CGROUPS();
    oci::Resources resources;
    Live live(resources, "/a/b");
    const auto path = live.manager->path("cpuset");
    if (live.manager->paths().is_unified() || path.empty()) return;
    live.create();
    CHECK(contents(path + "/cpuset.cpus") == contents("/sys/fs/cgroup/cpuset/cpuset.cpus"));
    CHECK(contents(path + "/cpuset.mems") == contents("/sys/fs/cgroup/cpuset/cpuset.mems"));
}

TEST_CASE("live: limits and device rules read back from the kernel", "[root][v1]") {
    NEEDS_CGROUPS();
    oci::Resources resources;
    resources.memory = {.limit = 64 << 20, .reservation = 32 << 20};
    resources.cpu.shares = 512;
    resources.pids.limit = 20;
    resources.cpu.cpus = "0";
    resources.devices = {{.allow = false, .type = "a", .major = {}, .minor = {}, .access = "rwm"},
                         {.allow = true, .type = "c", .major = {}, .minor = {}, .access = "m"},
                         {.allow = true, .type = "c", .major = 1, .minor = 3, .access = "rwm"}};
    Live live(resources);
    if (live.manager->paths().is_unified()) return;
    live.create();
    live.manager->set_resources(resources, DeviceRules::Apply);
    const auto read = [&](const char* controller, const char* file) {
        return contents(live.manager->path(controller) + "/" + file);
    };
    CHECK(read("memory", "memory.limit_in_bytes") == "67108864\n");
    CHECK(read("memory", "memory.soft_limit_in_bytes") == "33554432\n");
    CHECK(read("cpu", "cpu.shares") == "512\n");
    CHECK(read("pids", "pids.max") == "20\n");
    CHECK(read("cpuset", "cpuset.cpus") == "0\n");
    CHECK(read("devices", "devices.list") == "c *:* m\nc 1:3 rwm\n");
    CHECK(live.manager->oom_kill_count() == 0);

    // An update that names one thing writes one thing; devices are left alone.
    oci::Resources update;
    update.pids.limit = -1;
    live.manager->set_resources(update, DeviceRules::Skip);
    CHECK(read("pids", "pids.max") == "max\n");
    CHECK(read("devices", "devices.list") == "c *:* m\nc 1:3 rwm\n");
    // Applied again, the rules make no difference, and a narrower list takes back.
    live.manager->set_resources(resources, DeviceRules::Apply);
    resources.devices.pop_back();
    live.manager->set_resources(resources, DeviceRules::Apply);
    CHECK(read("devices", "devices.list") == "c *:* m\n");

    oci::Resources wrong;
    wrong.cpu.shares = 1;
    CHECK_THROWS_WITH(live.manager->set_resources(wrong, DeviceRules::Skip),
                      "the minimum allowed cpu-shares is 2");
    wrong.cpu.shares = 1000000;
    CHECK_THROWS_WITH(live.manager->set_resources(wrong, DeviceRules::Skip),
                      "the maximum allowed cpu-shares is 262144");
    wrong = {};
    wrong.rdma["x"] = {.hca_handles = 1, .hca_objects = 1};
    CHECK_THROWS_WITH(live.manager->set_resources(wrong, DeviceRules::Skip),
                      "cannot set rdma limit: container could not join or create cgroup");
}

TEST_CASE("live: v2 limits read back from the kernel", "[root][v2]") {
    NEEDS_CGROUPS();
    oci::Resources resources;
    resources.hugepage_limits = {{"2MB", 4 << 20}};
    Live live(resources, "/a");
    if (!live.manager->paths().is_unified()) return;
    if (contents("/sys/fs/cgroup/cgroup.controllers").find("hugetlb") == std::string::npos) return;
    live.create();
    live.manager->set_resources(resources, DeviceRules::Apply);
    CHECK(contents(live.manager->path("") + "/hugetlb.2MB.max") == "4194304\n");
}

namespace {

// Runs `check` as nobody in a child; "" when it returned so.
std::string as_nobody(const std::function<std::string()>& check) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        std::string answer = "setresuid failed";
        if (setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0) {
            try {
                answer = check();
            } catch (const Error& error) {
                answer = error.message();
            }
        }
        _exit(write(ends[1], answer.data(), answer.size()) < 0);
    }
    close(ends[1]);
    std::string answer;
    char buffer[4096];
    for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
        answer.append(buffer, static_cast<std::size_t>(n));
    close(ends[0]);
    waitpid(child, nullptr, 0);
    return answer;
}

}  // namespace

TEST_CASE("live: rootless without a path and without limits goes on without a cgroup", "[root]") {
    NEEDS_CGROUPS();
    CHECK(as_nobody([]() -> std::string {
              config::Cgroup cgroup;
              cgroup.rootless = true;
              auto manager = cgroups::create_manager(cgroup, "runcxx-unit-nobody", host::probe());
              if (!manager->create().directories.empty()) return "made something";
              if (!manager->has_given_up()) return "did not give up";
              manager->add_process(getpid());
              cgroup.resources.devices = {
                  {.allow = true, .type = "c", .major = 1, .minor = 3, .access = "rwm"}};
              manager->set_resources(cgroup.resources, DeviceRules::Apply);
              return manager->exists() ? "exists" : "";
          }) == "");
}

TEST_CASE("live: rootless with limits or with a path says what is missing", "[root]") {
    NEEDS_CGROUPS();
    const auto answer = [](const std::string& path, bool with_limit) {
        return as_nobody([&]() -> std::string {
            config::Cgroup cgroup;
            cgroup.rootless = true;
            cgroup.path = path;
            const auto facts = host::probe();
            const bool is_v2 = facts.cgroups.mode == host::CgroupMode::V2;
            if (with_limit && is_v2) cgroup.resources.hugepage_limits = {{"2MB", 1 << 21}};
            if (with_limit && !is_v2) cgroup.resources.pids.limit = 10;
            auto manager = cgroups::create_manager(cgroup, "runcxx-unit-nobody", facts);
            manager->create();
            manager->set_resources(cgroup.resources, DeviceRules::Apply);
            return "";
        });
    };
    CHECK_THAT(answer("/runcxx-unit-nobody", false),
               Catch::Contains("mkdir ") && Catch::Contains("permission denied"));
    const auto with_limit = answer("", true);
    if (host::probe().cgroups.mode == host::CgroupMode::V2)
        CHECK_THAT(
            with_limit,
            Catch::Contains("rootless needs no limits + no cgrouppath when no permission is granted for "
                            "cgroups: mkdir "));
    else
        CHECK(with_limit == "cannot set pids limit: container could not join or create cgroup");
}
