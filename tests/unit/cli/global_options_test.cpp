// SPDX-License-Identifier: Apache-2.0
// The root directory, --rootless, user names and the table of `list`.
#include "cli/global_options.h"

#include "base/error.h"
#include "cli/container_table.h"
#include "cli/user_names.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::cli;

TEST_CASE("root: XDG_RUNTIME_DIR counts for everybody but the host's root", "[cli]") {
    const auto path = [](RootFacts facts) { return default_root(facts).path.str(); };
    CHECK(path({}) == "/run/runcxx");
    CHECK(path({.xdg_runtime_dir = "/run/user/0"}) == "/run/runcxx");
    CHECK(path({.xdg_runtime_dir = "/run/user/7", .is_root = false}) == "/run/user/7/runcxx");
    CHECK(path({.is_root = false}) == "/run/runcxx");
    CHECK(path({.xdg_runtime_dir = "", .is_root = false}) == "/run/runcxx");
    CHECK(path({.xdg_runtime_dir = "/x", .in_user_namespace = true}) == "/x/runcxx");
    CHECK(path({.xdg_runtime_dir = "/x", .user = "alice", .in_user_namespace = true}) == "/x/runcxx");
    CHECK(path({.xdg_runtime_dir = "/x", .user = "root", .in_user_namespace = true}) == "/run/runcxx");
}

TEST_CASE("root: --root becomes absolute and clean, but never the root directory", "[cli]") {
    const auto settle = [](std::string root) {
        GlobalOptions options{.root_argument = std::move(root)};
        settle_root(options);
        return options.root.str();
    };
    CHECK(settle("/a//b/../c/") == "/a/c");
    CHECK(settle("x").ends_with("/x"));
    CHECK(settle("x").starts_with('/'));
    CHECK(settle("").starts_with('/'));
    CHECK_THROWS_WITH(settle("/"), "Option --root argument should not be set to /");
    CHECK_THROWS_WITH(settle("/a/../.."), "Option --root argument should not be set to /");
}

TEST_CASE("rootless: auto or a boolean", "[cli]") {
    const auto rootless = [](std::string text) {
        return GlobalOptions{.rootless = std::move(text)}.rootless_cgroups();
    };
    CHECK(rootless("auto") == std::nullopt);
    CHECK(rootless("") == std::nullopt);
    CHECK(rootless("true") == true);
    CHECK(rootless("0") == false);
    CHECK_THROWS_WITH(rootless("foo"), R"(strconv.ParseBool: parsing "foo": invalid syntax)");
}

TEST_CASE("users: the first name of an id, or the id", "[cli]") {
    const std::string database =
        "broken\n:x:5:\nroot:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\nn:x:x7:0::/:\na:x:7:7::/:";
    CHECK(user_name(database, 0) == "root");
    CHECK(user_name(database, 7) == "a");
    CHECK(user_name(database, 5) == "#5");
    CHECK(user_name("", 1000) == "#1000");
}

TEST_CASE("table: columns are as wide as they must be, and at least 12", "[cli]") {
    CHECK(container_table({}) == "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
    oci::RuntimeState state;
    state.id = "a-rather-long-id";
    state.pid = 7;
    state.status = "running";
    state.bundle = "/b/\u00fc";
    state.created = "2024-01-02T03:04:05Z";
    state.owner = "root";
    const std::vector<oci::RuntimeState> states{state};
    CHECK(container_table(states) ==
          "ID                 PID         STATUS      BUNDLE      CREATED                OWNER\n"
          "a-rather-long-id   7           running     /b/\u00fc        2024-01-02T03:04:05Z   root\n");
}
