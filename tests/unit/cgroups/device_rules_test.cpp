// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "cgroups/v1/devices_list.h"
#include "support/catch.h"

using namespace runcxx;
using cgroups::DeviceState;
using cgroups::v1::all_device_writes;
using cgroups::v1::device_writes;
using cgroups::v1::DeviceWrite;
using cgroups::v1::parse_devices_list;
using Rules = std::vector<oci::DeviceCgroup>;
using Writes = std::vector<DeviceWrite>;

namespace {

oci::DeviceCgroup rule(bool allow, const char* type, std::optional<std::int64_t> major,
                       std::optional<std::int64_t> minor, const char* access) {
    return {.allow = allow, .type = type, .major = major, .minor = minor, .access = access};
}
const std::optional<std::int64_t> any;

}  // namespace

TEST_CASE("an empty list denies everything") {
    const auto state = DeviceState::of({});
    CHECK_FALSE(state.allows_by_default());
    CHECK(state.exceptions().empty());
    CHECK(all_device_writes(state) == Writes{{false, "a *:* rwm"}});
}

TEST_CASE("a rule for all devices forgets what came before") {
    const auto state = DeviceState::of(
        {rule(true, "c", 1, 3, "rwm"), rule(true, "a", any, any, "rwm"), rule(false, "b", 8, any, "w")});
    CHECK(state.allows_by_default());
    CHECK(all_device_writes(state) == Writes{{true, "a *:* rwm"}, {false, "b 8:* w"}});
    CHECK(DeviceState::of({rule(true, "", any, any, "r")}).allows_by_default());
}

TEST_CASE("accesses of one device are merged and taken back") {
    const auto merged = DeviceState::of({rule(true, "c", 1, 3, "r"), rule(true, "c", 1, 3, "mw")});
    CHECK(all_device_writes(merged) == Writes{{false, "a *:* rwm"}, {true, "c 1:3 rwm"}});
    const auto part = DeviceState::of({rule(true, "c", 1, 3, "rwm"), rule(false, "c", 1, 3, "w")});
    CHECK(all_device_writes(part) == Writes{{false, "a *:* rwm"}, {true, "c 1:3 rm"}});
    const auto none = DeviceState::of({rule(true, "c", 1, 3, "r"), rule(false, "c", 1, 3, "rwm")});
    CHECK(none == DeviceState());
    CHECK(DeviceState::of({rule(false, "c", 1, 3, "rwm")}) == DeviceState());
}

TEST_CASE("part of a wildcard exception cannot be taken back") {
    for (const auto& wide :
         {rule(true, "c", any, any, "rw"), rule(true, "c", 1, any, "rw"), rule(true, "c", any, 3, "rw")})
        CHECK_THROWS_WITH(DeviceState::of({wide, rule(false, "c", 1, 3, "r")}),
                          Catch::Contains("cannot punch hole in existing wildcard rule"));
    // Another access, another type, the same wildcard.
    CHECK_NOTHROW(DeviceState::of({rule(true, "c", any, any, "m"), rule(false, "c", 1, 3, "r")}));
    CHECK_NOTHROW(DeviceState::of({rule(true, "b", any, any, "rw"), rule(false, "c", 1, 3, "r")}));
    CHECK(DeviceState::of({rule(true, "c", 1, any, "rw"), rule(false, "c", 1, any, "rw")}) == DeviceState());
    CHECK_THROWS_WITH(DeviceState::of({rule(true, "p", 1, 3, "r")}), "invalid cgroup device type \"p\"");
}

TEST_CASE("a denial takes back what it covers, and stays when more than it is allowed") {
    const auto wide = DeviceState::of({rule(true, "c", 1, 3, "rw"), rule(true, "c", 1, 5, "m"),
                                       rule(true, "b", 1, 3, "r"), rule(false, "c", 1, any, "rm")});
    CHECK(wide == DeviceState::of({rule(true, "c", 1, 3, "w"), rule(true, "b", 1, 3, "r")}));
    CHECK(DeviceState::of({rule(true, "c", 1, 3, "rw"), rule(false, "c", any, any, "rwm")}) == DeviceState());
    // Crosswise: 1:3 would stay open.
    CHECK_THROWS_WITH(DeviceState::of({rule(true, "c", 1, any, "rw"), rule(false, "c", any, 3, "r")}),
                      Catch::Contains("cannot punch hole in existing wildcard rule [c 1:* rw]"));
    const auto all_but = DeviceState::of({rule(true, "a", any, any, "rwm"), rule(false, "c", 1, 3, "rwm")});
    for (const auto& more :
         {rule(true, "c", any, any, "m"), rule(true, "c", 1, any, "rw"), rule(true, "c", any, 3, "rw")})
        CHECK(DeviceState::of({rule(true, "a", any, any, "rwm"), rule(false, "c", 1, 3, "rwm"), more}) ==
              all_but);
    CHECK_NOTHROW(DeviceState::of({rule(true, "a", any, any, "rwm"), rule(false, "c", any, 5, "rwm"),
                                   rule(true, "c", 136, any, "rwm")}));
}

TEST_CASE("devices.list is read back") {
    CHECK(parse_devices_list("a *:* rwm\n").allows_by_default());
    const auto state = parse_devices_list("c *:* m\nb 8:* rw\nc 1:3 rwm\n");
    CHECK(state == DeviceState::of({rule(true, "c", any, any, "m"), rule(true, "b", 8, any, "rw"),
                                    rule(true, "c", 1, 3, "rwm")}));
    CHECK(parse_devices_list("") == DeviceState());
    CHECK_THROWS_AS(parse_devices_list("c 1 rwm\n"), Error);
    CHECK_THROWS_AS(parse_devices_list("x 1:3 rwm\n"), Error);
    CHECK_THROWS_AS(parse_devices_list("c -1:3 rwm\n"), Error);
}

TEST_CASE("only the difference between two lists is written") {
    const auto before = DeviceState::of({rule(true, "c", 1, 3, "rwm"), rule(true, "c", 1, 5, "rw")});
    const auto after = DeviceState::of(
        {rule(true, "c", 1, 3, "r"), rule(true, "c", 1, 5, "rwm"), rule(true, "b", 8, 0, "r")});
    CHECK(device_writes(before, after) == Writes{{false, "c 1:3 wm"}, {true, "c 1:5 m"}, {true, "b 8:0 r"}});
    CHECK(device_writes(before, before).empty());
    // What an allow-all cgroup denies is unknown.
    const auto all = DeviceState::of({rule(true, "a", any, any, "rwm")});
    CHECK(device_writes(all, all) == Writes{{true, "a *:* rwm"}});
    CHECK(device_writes(before, all) == Writes{{true, "a *:* rwm"}});
    CHECK(device_writes(all, DeviceState()) == Writes{{false, "a *:* rwm"}});
}
