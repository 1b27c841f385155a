// SPDX-License-Identifier: Apache-2.0
// What the devices of correct specs and the rules for them become.
#include "base/text.h"
#include "unit/config/made_up_host.h"
#include "unit/config/resolved.h"

using namespace runcxx;
using namespace runcxx::config;
using runcxx::config::test::Case;
using runcxx::config::test::device_paths;

namespace {

std::string rule_text(const oci::DeviceCgroup& rule) {
    const auto number = [](std::optional<std::int64_t> value) {
        return value ? std::to_string(*value) : "*";
    };
    return (rule.allow ? "+" : "-") + rule.type + number(rule.major) + ":" + number(rule.minor) + rule.access;
}

std::string rules_text(const Container& container) {
    std::vector<std::string> texts;
    for (const auto& each : container.cgroup.resources.devices)
        texts.push_back(rule_text(each));
    return join(texts, " ");
}

}  // namespace

TEST_CASE("resolve: the default devices come first, a configured one replaces its namesake", "[config]") {
    Case c;
    CHECK(device_paths(c.resolve()) == "/dev/null /dev/random /dev/full /dev/tty /dev/zero /dev/urandom");
    c.linux_part().devices = {
        {.path = "/dev/full", .type = "u", .major = 9, .minor = 8, .file_mode = 0100640, .uid = 3, .gid = 4},
        {.path = "/dev/ptmx", .type = "c", .major = 5, .minor = 2},
        {.path = "/dev/pipe", .type = "p", .major = -1, .minor = -1},
        {.path = "/dev/sda", .type = "b", .major = 8, .minor = 0},
    };
    const auto container = c.resolve();
    CHECK(device_paths(container) ==
          "/dev/null /dev/random /dev/tty /dev/zero /dev/urandom /dev/full /dev/pipe /dev/sda");
    const auto& full = container.setup.devices[5];
    CHECK(full.type == 'c');
    CHECK(full.major == 9);
    CHECK(full.minor == 8);
    CHECK(full.mode == 0640);
    CHECK(full.uid == 3);
    CHECK(full.gid == 4);
    CHECK(container.setup.devices[6].type == 'p');
    CHECK(container.setup.devices[7].type == 'b');
    CHECK(container.setup.devices[7].mode == 0666);
    CHECK(container.setup.devices[0].major == 1);
    CHECK(container.setup.devices[0].minor == 3);
}

TEST_CASE("resolve: with a user namespace every device is container root's", "[config]") {
    Case c;
    c.map_root();
    c.linux_part().devices = {{.path = "/dev/x", .type = "c", .major = 1, .minor = 1, .uid = 3, .gid = 4}};
    const auto container = c.resolve();
    CHECK(container.setup.has_user_namespace);
    CHECK(container.setup.devices.back().uid == 0);
    CHECK(container.setup.devices.back().gid == 0);
}

TEST_CASE("resolve: device rules end with the defaults that no configured device replaces", "[config]") {
    Case c;
    CHECK(rules_text(c.resolve()) ==
          "-a*:*rwm +c*:*m +b*:*m +c1:3rwm +c1:8rwm +c1:7rwm +c5:0rwm +c1:5rwm +c1:9rwm +c136:*rwm +c5:2rwm "
          "+c10:200rwm");
    c.linux_part().devices = {{.path = "/dev/null", .type = "c", .major = 1, .minor = 3}};
    c.linux_part().resources.reset();
    CHECK(rules_text(c.resolve()) ==
          "+c*:*m +b*:*m +c1:8rwm +c1:7rwm +c5:0rwm +c1:5rwm +c1:9rwm +c136:*rwm +c5:2rwm +c10:200rwm");
    c.linux_part().resources.emplace().devices = {
        {.allow = true, .type = "b", .major = -1, .minor = 4, .access = "r"}};
    CHECK(rules_text(c.resolve()).starts_with("+b*:4r "));
}
