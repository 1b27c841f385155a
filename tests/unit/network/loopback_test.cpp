// SPDX-License-Identifier: Apache-2.0
#include "network/loopback.h"

#include <sched.h>

#include <string>

#include "support/catch.h"
#include "support/forked.h"
#include "support/requirements.h"
#include "sys/netlink.h"

using namespace runcxx;

TEST_CASE("the loopback interface of a new network namespace is brought up", "[network][root]") {
    REQUIRES("root");
    const auto result = tests::in_child([]() -> std::string {
        if (::unshare(CLONE_NEWNET) != 0) return "no network namespace";
        const std::string before = sys::is_link_up("lo") ? "up" : "down";
        network::bring_up_loopback();
        network::bring_up_loopback();
        return before + " " + (sys::is_link_up("lo") ? "up" : "down");
    });
    CHECK(result.text == "down up");
}

TEST_CASE("an interface that does not exist is named", "[network]") {
    CHECK(tests::in_child([]() -> std::string {
              sys::set_link_up("no-such-link");
              return "up";
          }).text == "exception: set link no-such-link up: no such device");
    CHECK(tests::in_child([]() -> std::string {
              sys::set_link_up("a-name-that-is-too-long");
              return "up";
          }).text == "exception: invalid interface name \"a-name-that-is-too-long\"");
}
