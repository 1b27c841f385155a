// SPDX-License-Identifier: Apache-2.0
// state: what it prints, and what it says of a container whose init was ended behind the runtime's back.
#include <signal.h>

#include "support/sandbox.h"

using namespace runcxx::tests;

RUNTIME_TEST(
    "state: prints the runtime-spec's JSON in runc's order, indented by two, without a final newline",
    "[lifecycle][state]") {
    Bundle& b = bundle().idle();
    b.spec["annotations"] = {{"com.example.key", "value = with = signs"}};
    std::string c = run_detached(b);
    Result result = call({"state", c});
    REQUIRE_OK(result);
    CHECK(result.out.back() == '}');
    CHECK(result.out.rfind("{\n  \"ociVersion\": \"", 0) == 0);
    auto order = nlohmann::ordered_json::parse(result.out);
    std::vector<std::string> keys;
    for (const auto& item : order.items())
        keys.push_back(item.key());
    CHECK(keys == std::vector<std::string>{"ociVersion", "id", "pid", "status", "bundle", "rootfs", "created",
                                           "annotations", "owner"});
    json state = json::parse(result.out);
    CHECK(state["id"] == c);
    CHECK(state["pid"] == init_pid(c));
    CHECK(state["status"] == "running");
    CHECK(state["bundle"] == b.dir().string());
    CHECK(state["rootfs"] == b.rootfs().string());
    CHECK(state["annotations"]["com.example.key"] == "value = with = signs");
    CHECK(state["owner"] == "");
    // RFC 3339 in UTC.
    std::string created = state["created"];
    CHECK(created[10] == 'T');
    CHECK(created.back() == 'Z');

    kill(c);
    CHECK(wait_exit(c) == 137);
    json stopped = this->state(c);
    CHECK(stopped["pid"] == 0);
    CHECK(stopped["status"] == "stopped");
}

RUNTIME_TEST("state: has no annotations key when the bundle has none", "[lifecycle][state]") {
    std::string c = create(bundle().idle());
    CHECK_FALSE(state(c).contains("annotations"));
}

RUNTIME_TEST("state: a container whose first thread has ended runs as long as others do",
             "[lifecycle][state]") {
    REQUIRES("pidfs");
    std::string c = run_detached(bundle().args({"/probe", "first-thread-ends", "1000"}));
    const auto init = std::to_string(init_pid(c));
    REQUIRE(
        wait_until([&] { return read_file("/proc/" + init + "/stat").find(") Z ") != std::string::npos; }));
    CHECK(status(c) == "running");
    kill(c);
    CHECK(wait_exit(c) == 137);
    CHECK(status(c) == "stopped");
}

RUNTIME_TEST("state: a container whose init was killed behind the runtime's back is stopped",
             "[lifecycle][state]") {
    std::string c = run_detached(bundle().idle());
    ::kill(init_pid(c), SIGKILL);
    CHECK(wait_until([&] { return status(c) == "stopped"; }));
    CHECK(wait_exit(c) == 137);
    remove(c);
}

RUNTIME_TEST("state: a created container whose init was killed is stopped and cannot be started",
             "[lifecycle][state]") {
    std::string c = create(bundle().idle());
    ::kill(init_pid(c), SIGKILL);
    CHECK(wait_exit(c) == 137);
    CHECK(status(c) == "stopped");
    CHECK_FAILS(call({"start", c}), 1, "cannot start a container that has stopped");
    remove(c);
}
