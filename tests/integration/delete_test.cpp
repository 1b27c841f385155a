// SPDX-License-Identifier: Apache-2.0
// delete: which state it accepts, what it removes, and what it does about processes that outlive init or do not end.
#include <signal.h>

#include <filesystem>

#include "support/sandbox.h"
#include "support/shared_pids.h"
#include "support/stuck_file.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

RUNTIME_TEST("delete: refuses a running container, --force ends it", "[lifecycle][delete]") {
    std::string c = run_detached(bundle().idle());
    CHECK_FAILS(call({"delete", c}), 1, "cannot delete container " + c + " that is not stopped: running");
    CHECK(status(c) == "running");
    REQUIRE_OK(call({"delete", "--force", c}));
    CHECK(status(c).empty());
    CHECK(wait_exit(c) == 137);
}

RUNTIME_TEST("delete: a created container is killed and deleted without --force", "[lifecycle][delete]") {
    std::string c = create(bundle().idle());
    remove(c);
    CHECK(status(c).empty());
    CHECK(wait_exit(c) == 137);
}

RUNTIME_TEST("delete: what does not exist is an error, and with --force it is not", "[lifecycle][delete]") {
    CHECK_FAILS(call({"delete", "nosuch"}), 1, "container does not exist");
    Result forced = call({"delete", "--force", "nosuch"});
    CHECK(forced.exit_code == 0);
    CHECK(forced.err.empty());
    CHECK(forced.out.empty());
}

RUNTIME_TEST("delete: an orphaned state directory is removed, and only --force calls that success",
             "[lifecycle][delete]") {
    fs::create_directory(state_root() / "orphan");
    CHECK_FAILS(call({"delete", "orphan"}), 1, "container does not exist");
    CHECK_FALSE(fs::exists(state_root() / "orphan"));
    fs::create_directory(state_root() / "orphan");
    CHECK(call({"delete", "-f", "orphan"}).exit_code == 0);
    CHECK_FALSE(fs::exists(state_root() / "orphan"));
}

RUNTIME_TEST("delete: the cgroups of the container are gone", "[lifecycle][delete][cgroups]") {
    std::string c = run_detached(bundle().idle());
    auto count = [&] {
        int found = 0;
        for (const auto& dir : HostSnapshot::take().cgroups)
            found += dir.ends_with("/" + c) || dir.ends_with("/runc-" + c + ".scope");
        return found;
    };
    CHECK(count() > 0);
    kill(c);
    wait_exit(c);
    remove(c);
    CHECK(count() == 0);
}

RUNTIME_TEST("delete: a live container is gone within a second", "[lifecycle][delete]") {
    std::string c = run_detached(bundle().idle());
    Result result = call({"delete", "--force", c});
    REQUIRE_OK(result);
    CHECK(result.seconds < 1 * time_scale());
}

RUNTIME_TEST(
    "delete --force ends every process of a container that shares the host's pid namespace, init dead or not",
    "[lifecycle][delete][cgroups]") {
    expect_orphans();
    Bundle& b = bundle().share_host_pids().sh("sleep 1000 & sleep 1000 & echo started; wait");
    std::string c = run_detached(b);
    REQUIRE(wait_until([&] { return output(c) == "started\n"; }));
    ::kill(init_pid(c), SIGKILL);
    CHECK(wait_until([&] {
        reap();
        return status(c) == "stopped";
    }));
    REQUIRE_OK(call({"delete", "--force", c}));
    CHECK(wait_until([&] {
        reap();
        return HostSnapshot::take().children.empty();
    }));
}

RUNTIME_TEST("delete --force: a damaged state.json is no obstacle, the record of intent is enough",
             "[lifecycle][delete][cgroups]") {
    REQUIRES("intent-record");
    for (const char* damage : {"", "{", "{}"}) {
        std::string c = create(bundle().idle());
        write_file(state_root() / c / "state.json", damage);
        CHECK_FAILS(call({"delete", c}), 1, "state.json cannot be used");
        REQUIRE_OK(call({"delete", "--force", c}));
        CHECK_FALSE(fs::exists(state_root() / c));
        CHECK(wait_exit(c) == 128 + SIGKILL);
    }
}

RUNTIME_TEST("delete --force: with a damaged state.json and no cgroup it says that processes live on",
             "[lifecycle][delete]") {
    REQUIRES("intent-record");
    Options no_cgroup;
    no_cgroup.global = {"--cgroup-manager=disabled"};
    std::string c = create(bundle().idle(), {}, no_cgroup);
    write_file(state_root() / c / "state.json", "{");
    Result result = call({"delete", "--force", c});
    REQUIRE_OK(result);
    CHECK_THAT(plain_errors(result),
               HasText("has no cgroup: if processes of it are left, they cannot be found and live on"));
    CHECK_FALSE(fs::exists(state_root() / c));
    CHECK(::kill(init_pid(c), SIGKILL) == 0);
    CHECK(wait_exit(c) == 128 + SIGKILL);
}

RUNTIME_TEST("delete --force: ends many processes that outlived init of a shared pid namespace at once",
             "[delete][cgroups]") {
    std::string c = run_sharing_pids(*this, 300);
    end_init(*this, c);
    Result result = call({"delete", "--force", c});
    REQUIRE_OK(result);
    CHECK(result.seconds < 1 * time_scale());
    CHECK(all_have_ended(*this));
}

RUNTIME_TEST("delete --force: names what does not end on SIGKILL, and succeeds when that has ended",
             "[delete][slow][root]") {
    REQUIRES("fuse");
    REQUIRES("names-survivors");
    fs::create_directory(temp("stuck"));
    StuckFile stuck(temp("stuck"));
    Bundle& b = bundle().sh("cat /stuck/file");
    b.mount({{"destination", "/stuck"},
             {"source", temp("stuck").string()},
             {"type", "bind"},
             {"options", {"bind"}}});
    std::string c = run_detached(b);
    stuck.wait_for_reader();
    Result result = call({"delete", "--force", c});
    CHECK(result.exit_code == 1);
    CHECK(result.seconds < 11 * time_scale());
    CHECK_THAT(plain_errors(result), HasText("container init still running: "));
    CHECK_THAT(plain_errors(result), HasText(" cat (D, request_wait_answer)"));
    CHECK(status(c) != "");
    stuck.release();
    REQUIRE_OK(call({"delete", "--force", c}));
    CHECK(wait_exit(c) == 137);
}

RUNTIME_TEST("delete --regex: deletes every container whose id matches, says which it could not, and goes on",
             "[delete][regex]") {
    REQUIRES("regex");
    Bundle& b = bundle().idle();
    std::string created = create(b), running = run_detached(b), stopped = run_detached(b), other = create(b);
    kill(stopped);
    wait_exit(stopped);
    const auto regex = created + "$|" + running + "$|" + stopped + "$";
    Result result = call({"delete", "--regex", regex});
    CHECK(result.exit_code == 1);
    CHECK_THAT(plain_errors(result), HasText("delete " + running + ": cannot delete container " + running +
                                             " that is not stopped: running"));
    CHECK_THAT(plain_errors(result), HasText("cannot delete 1 of 3 matching containers: " + running));
    CHECK(status(created).empty());
    CHECK(status(stopped).empty());
    CHECK(status(running) == "running");
    REQUIRE_OK(call({"delete", "--force", "-r", regex}));
    CHECK(status(running).empty());
    CHECK(status(other) == "created");
}
