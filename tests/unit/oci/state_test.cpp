// SPDX-License-Identifier: Apache-2.0
#include "oci/state.h"

#include <vector>

#include "oci/json_value.h"
#include "support/catch.h"

using namespace runcxx::oci;

namespace {

State running() {
    State state;
    state.id = "c1";
    state.status = "running";
    state.pid = 42;
    state.bundle = "/b";
    return state;
}

RuntimeState listed() {
    RuntimeState state;
    state.id = "c1";
    state.pid = 42;
    state.status = "running";
    state.bundle = "/b";
    state.rootfs = "/b/rootfs";
    state.created = "2026-01-02T03:04:05.678901234Z";
    state.annotations = {{"k", "v"}};
    return state;
}

}  // namespace

TEST_CASE("hooks get the state as one line, without a pid once the container is gone", "[oci]") {
    State state = running();
    CHECK(to_json(state) == R"({"ociVersion":"1.3.0","id":"c1","status":"running","pid":42,"bundle":"/b"})");
    state.pid.reset();
    state.status = "stopped";
    state.annotations = {{"b", "<2>"}, {"a", "1"}};
    CHECK(to_json(state) == R"({"ociVersion":"1.3.0","id":"c1","status":"stopped","bundle":"/b",)"
                            R"("annotations":{"a":"1","b":"\u003c2\u003e"}})");
    CHECK(from_json<State>(to_json(state)) == state);
}

TEST_CASE("a seccomp agent gets the process state with the fd's name", "[oci]") {
    ContainerProcessState message;
    message.pid = 43;
    message.state = running();
    CHECK(to_json(message) ==
          R"({"ociVersion":"1.3.0","fds":["seccompFd"],"pid":43,"state":{"ociVersion":"1.3.0","id":"c1",)"
          R"("status":"running","pid":42,"bundle":"/b"}})");
    message.metadata = "m";
    CHECK_THAT(to_json(message), Catch::Contains(R"("pid":43,"metadata":"m","state":)"));
}

TEST_CASE("the state command prints runc's keys in runc's order", "[oci]") {
    CHECK(to_json(listed()) == R"({
  "ociVersion": "1.3.0",
  "id": "c1",
  "pid": 42,
  "status": "running",
  "bundle": "/b",
  "rootfs": "/b/rootfs",
  "created": "2026-01-02T03:04:05.678901234Z",
  "annotations": {
    "k": "v"
  },
  "owner": ""
})");
    RuntimeState stopped = listed();
    stopped.pid = 0;
    stopped.annotations.clear();
    CHECK_THAT(to_json(stopped), Catch::Contains("\"pid\": 0,"));
    CHECK_THAT(to_json(stopped), !Catch::Contains("annotations"));
}

TEST_CASE("the list is a one-line array, null when empty", "[oci]") {
    CHECK(list_to_json({}) == "null");
    RuntimeState second = listed();
    second.id = "c2";
    second.owner = "root";
    const std::vector<RuntimeState> both{listed(), second};
    const auto text = list_to_json(both);
    CHECK_THAT(text, Catch::StartsWith(R"([{"ociVersion":"1.3.0","id":"c1","pid":42,)"));
    CHECK_THAT(text, Catch::EndsWith(R"("owner":"root"}])"));
    CHECK(from_json<std::vector<RuntimeState>>(text) == both);
}
