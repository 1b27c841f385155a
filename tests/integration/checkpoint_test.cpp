// SPDX-License-Identifier: Apache-2.0
// checkpoint with the real CRIU, and with programs in its place: what is written, and what is left when it fails.
#include "support/checkpoint.h"

#include <sys/mount.h>

#include <filesystem>

using namespace runcxx::tests;
namespace fs = std::filesystem;

CHECKPOINT_TEST("checkpoint: a program goes on where it stood, in a container of the same id",
                "[checkpoint][root][criu]") {
    REQUIRES("criu");
    Bundle& b = counting();
    std::string c = run_detached(b);
    REQUIRE(wait_until([&] { return count(c) > 10; }));
    const int before = count(c);
    const auto first = state(c);

    Result dumped = checkpoint(c);
    REQUIRE_OK(dumped);
    CHECK(dumped.out.empty());
    CHECK(dumped.err.empty());
    CHECK(status(c) == "");
    CHECK(fs::exists(temp("images") / "inventory.img"));
    CHECK(fs::exists(temp("work") / "dump.log"));
    CHECK(json::parse(read_file(temp("images") / "descriptors.json")).size() == 3);

    Result restored = bring_back(c, b);
    REQUIRE_OK(restored);
    CHECK(restored.out.empty());
    CHECK(restored.err.empty());
    const auto second = state(c);
    CHECK(second["status"] == "running");
    CHECK(second["pid"] == init_pid(c));
    CHECK(second["created"] > first["created"]);
    CHECK(second["bundle"] == first["bundle"]);
    CHECK(count(c) >= before);
    CHECK(counts_on(c));
    // Once more, of what was restored.
    REQUIRE_OK(checkpoint(c));
    REQUIRE_OK(bring_back(c, b));
    CHECK(counts_on(c));
    kill(c);
    CHECK(wait_exit(c) == 137);
    remove(c);
}

CHECKPOINT_TEST("checkpoint: --leave-running lets it run, and the copy runs beside it",
                "[checkpoint][root][criu]") {
    REQUIRES("criu");
    Bundle& b = counting();
    std::string c = run_detached(b);
    REQUIRE(wait_until([&] { return count(c) > 1; }));
    REQUIRE_OK(checkpoint(c, {"--leave-running"}));
    CHECK(status(c) == "running");
    CHECK(counts_on(c));

    // CRIU keeps the cgroups of the images by default, and those are in use.
    const std::string copy = id();
    REQUIRE_OK(bring_back(copy, b, {"--manage-cgroups-mode", "ignore"}));
    CHECK(counts_on(copy));
    CHECK(counts_on(c));
    CHECK(own_namespace(init_pid(copy), "mnt") != own_namespace(init_pid(c), "mnt"));
    const auto cgroups = read_file("/proc/" + std::to_string(init_pid(copy)) + "/cgroup");
    CHECK_THAT(cgroups, HasText(copy));
    CHECK_THAT(cgroups, !HasText(c + "\n"));
}

CHECKPOINT_TEST("checkpoint: a pre-dump leaves less to dump, and the container running",
                "[checkpoint][root][criu]") {
    REQUIRES("criu");
    REQUIRES("criu-mem-track");
    Bundle& b = counting();
    std::string c = run_detached(b);
    REQUIRE_OK(call({"checkpoint", "--pre-dump", "--image-path", temp("parent"), c}, slow()));
    CHECK(status(c) == "running");
    CHECK(counts_on(c));
    CHECK(!fs::exists(temp("parent") / "descriptors.json"));
    REQUIRE_OK(checkpoint(c, {"--parent-path", "../parent"}));
    CHECK(fs::is_symlink(temp("images") / "parent"));
    REQUIRE_OK(bring_back(c, b));
    CHECK(counts_on(c));
}

CHECKPOINT_TEST("checkpoint: what it is given has to make sense", "[checkpoint][root]") {
    std::string c = run_detached(counting());
    CHECK_FAILS(checkpoint(c, {"--parent-path", temp("parent")}), 1, "--parent-path must be relative");
    CHECK_FAILS(checkpoint(c, {"--parent-path", "nowhere"}), 1, "invalid --parent-path: nowhere");
    CHECK_FAILS(checkpoint(c, {"--manage-cgroups-mode", "some"}), 1, "invalid manage-cgroups-mode value");
    CHECK_FAILS(checkpoint(c, {"--empty-ns", "ipc"}), 1, "namespace \"ipc\" is not supported");
    CHECK_FAILS(checkpoint(c, {"--page-server", "here"}), 1, "Use --page-server ADDRESS:PORT");
    CHECK_FAILS(checkpoint(c, {"--page-server", "here:x"}), 1, "Invalid port number");
    CHECK_FAILS(checkpoint(c, {"--lazy-pages", "--status-fd", "77"}), 1, "invalid --status-fd argument 77");
    CHECK_FAILS(checkpoint("nobody"), 1, "container does not exist");
    CHECK(counts_on(c));
}

CHECKPOINT_TEST("checkpoint: only of what runs", "[checkpoint][root]") {
    std::string created = create(counting());
    CHECK_FAILS(checkpoint(created), 1, "Container cannot be checkpointed in created state");
    std::string stopped = run_detached(bundle().sh("exit 3"));
    CHECK(wait_exit(stopped) == 3);
    CHECK_FAILS(checkpoint(stopped), 1, "Container cannot be checkpointed in stopped state");
    CHECK(!fs::exists(images()));
}

CHECKPOINT_TEST("checkpoint: a paused container is dumped, and runs when it is restored",
                "[checkpoint][root][criu]") {
    REQUIRES("criu");
    REQUIRES("freezer");
    Bundle& b = counting();
    std::string c = run_detached(b);
    REQUIRE(wait_until([&] { return count(c) > 1; }));
    REQUIRE_OK(call({"pause", c}));
    REQUIRE_OK(checkpoint(c));
    REQUIRE_OK(bring_back(c, b));
    CHECK(status(c) == "running");
    CHECK(counts_on(c));
}

CHECKPOINT_TEST(
    "checkpoint: without CRIU, or with a broken one, the container goes on and the error says why",
    "[checkpoint][root]") {
    std::string c = run_detached(counting());
    Options none;
    none.env = {"PATH=/nonexistent"};
    CHECK_FAILS(call({"checkpoint", "--image-path", images(), c}, none), 1, "criu not found in PATH");
    const auto ends = with_fake_criu(temp("ends"), "exit 7");
    CHECK_FAILS(call({"checkpoint", "--image-path", images(), c}, ends), 1,
                "CRIU has ended without an answer: exit status 7");
    // A child that lives on has the socket as well.
    const auto leaves_child =
        with_fake_criu(temp("leaves"), "sleep 3 </dev/null >/dev/null 2>&1 & echo $! >" +
                                           temp("child").string() + "; exit 8");
    expect_orphans();
    CHECK_FAILS(call({"checkpoint", "--image-path", images(), c}, leaves_child), 1,
                "CRIU has ended without an answer: exit status 8");
    const auto babbles = with_fake_criu(temp("babbles"), says("\\377\\377"));
    CHECK_FAILS(call({"checkpoint", "--image-path", images(), c}, babbles), 1, "malformed message");
    const auto child = "/proc/" + trimmed(read_file(temp("child")));
    CHECK(wait_until([&] { return reap(), !fs::exists(child); }));
    CHECK(counts_on(c));
}

CHECKPOINT_TEST("checkpoint: a CRIU that ends while the container is frozen does not leave it so",
                "[checkpoint][root][freezer]") {
    REQUIRES("freezer");
    std::string c = run_detached(counting());
    const auto paths = json::parse(read_file(state_root() / c / "state.json"))["cgroup_paths"];
    const bool is_v1 = paths.contains("freezer");
    const std::string freezer = paths[is_v1 ? "freezer" : ""].get<std::string>();
    const auto freezes =
        with_fake_criu(temp("freezes"), is_v1 ? "echo FROZEN >" + freezer + "/freezer.state; exit 7"
                                              : "echo 1 >" + freezer + "/cgroup.freeze; exit 7");
    // Only what is asked for a dump is after the first question: it has to be answered.
    CHECK_FAILS(call({"checkpoint", "--image-path", images(), c}, freezes), 1,
                "CRIU has ended without an answer");
    CHECK(status(c) == "running");
    CHECK(counts_on(c));
}

CHECKPOINT_TEST("checkpoint: not of what CRIU cannot restore", "[checkpoint][root][idmap]") {
    REQUIRES("idmap");
    Bundle& b = counting();
    fs::create_directory(temp("mapped"));
    b.mount({{"source", temp("mapped")},
             {"destination", "/mapped"},
             {"options", {"bind"}},
             {"uidMappings", {{{"containerID", 0}, {"hostID", 1000}, {"size", 1}}}},
             {"gidMappings", {{{"containerID", 0}, {"hostID", 1000}, {"size", 1}}}}});
    std::string c = run_detached(b);
    CHECK_FAILS(checkpoint(c), 1, "a container with id-mapped mounts cannot be checkpointed");
    CHECK(counts_on(c));
}

CHECKPOINT_TEST("checkpoint: the host's cgroup2 keeps its options", "[checkpoint][root][criu][cgroup-v2]") {
    REQUIRES("criu");
    REQUIRES("cgroup-v2");
    const auto options = [] {
        const auto table = read_file("/proc/self/mountinfo");
        const auto at = table.find(" - cgroup2 ");
        return table.substr(at, table.find('\n', at) - at);
    };
    const auto remount = [](const std::string& more) {
        REQUIRE_OK(execute({"mount", "-o", "remount" + more, "/sys/fs/cgroup"}));
    };
    const bool had_them = options().find("nsdelegate") != std::string::npos;
    remount(",nsdelegate,memory_recursiveprot");  // what CRIU would take away
    const auto set = options();
    CHECK_THAT(set, HasText("nsdelegate"));
    Bundle& b = counting();
    std::string c = run_detached(b);
    REQUIRE_OK(checkpoint(c));
    CHECK(options() == set);
    REQUIRE_OK(bring_back(c, b));
    CHECK(options() == set);
    if (!had_them)
        REQUIRE(::mount(nullptr, "/sys/fs/cgroup", nullptr, MS_REMOUNT | MS_RELATIME, nullptr) == 0);
}
