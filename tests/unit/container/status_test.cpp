// SPDX-License-Identifier: Apache-2.0
#include "container/status.h"

#include "support/catch.h"

using namespace runcxx::container;

TEST_CASE("status: what the host shows decides, in this order", "[container]") {
    CHECK(status_of({}) == Status::Creating);
    CHECK(status_of({.has_state = false, .init_alive = true, .waits_for_start = true}) == Status::Creating);
    CHECK(status_of({.has_state = true}) == Status::Stopped);
    CHECK(status_of({.has_state = true, .init_alive = true, .waits_for_start = true}) == Status::Created);
    CHECK(status_of({.has_state = true, .init_alive = true}) == Status::Running);
    CHECK(status_of({.has_state = true, .init_alive = true, .frozen = true, .waits_for_start = true}) ==
          Status::Paused);
}

TEST_CASE("status: what is allowed follows the lifecycle of the specification and of runc", "[container]") {
    CHECK(can_start(Status::Created));
    CHECK_FALSE(can_start(Status::Running));
    CHECK_FALSE(can_start(Status::Creating));
    CHECK(can_kill(Status::Paused));
    CHECK_FALSE(can_kill(Status::Stopped));
    CHECK_FALSE(can_kill(Status::Creating));
    CHECK(can_delete(Status::Created));
    CHECK(can_delete(Status::Stopped));
    CHECK_FALSE(can_delete(Status::Running));
    CHECK_FALSE(can_delete(Status::Paused));
    CHECK_FALSE(can_delete(Status::Creating));
    for (const bool paused_too : {false, true}) {
        CHECK(can_exec(Status::Created, paused_too));
        CHECK(can_exec(Status::Running, paused_too));
        CHECK(can_exec(Status::Paused, paused_too) == paused_too);
        CHECK_FALSE(can_exec(Status::Stopped, paused_too));
        CHECK_FALSE(can_exec(Status::Creating, paused_too));
    }
}
