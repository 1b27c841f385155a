// SPDX-License-Identifier: Apache-2.0
#include "launch/bootstrap_message.h"

#include <sched.h>

#include <cstring>
#include <map>

#include "base/error.h"
#include "runcxx/bootstrap_wire.h"
#include "support/catch.h"

using namespace runcxx;

namespace {

// Taken apart by hand, independent of the C decoder, so that both are held to the wire format.
std::map<std::uint16_t, std::string> attributes_of(const std::string& message) {
    runcxx_bootstrap_header header{};
    REQUIRE(message.size() >= sizeof header);
    std::memcpy(&header, message.data(), sizeof header);
    CHECK(header.len == message.size());
    CHECK(header.type == 62000);
    CHECK(header.flags == 1);
    std::map<std::uint16_t, std::string> attributes;
    for (std::size_t at = sizeof header; at < message.size();) {
        runcxx_bootstrap_attribute_header attribute{};
        std::memcpy(&attribute, message.data() + at, sizeof attribute);
        attributes[attribute.type] = message.substr(at + 4, attribute.len - 4U);
        at += (attribute.len + 3U) / 4 * 4;
    }
    return attributes;
}

std::string number(std::uint32_t value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

}  // namespace

TEST_CASE("bootstrap: attributes have runc's numbers and payloads", "[launch]") {
    launch::Bootstrap bootstrap;
    bootstrap.namespaces.create_flags = CLONE_NEWNS | CLONE_NEWPID;
    bootstrap.namespaces.joined = {{CLONE_NEWUSER, "/proc/1/ns/user"}, {CLONE_NEWNET, "/run/netns/x"}};
    bootstrap.uid_mappings = {{0, 1000, 1}, {1, 100000, 65535}};
    bootstrap.gid_mappings = {{0, 1000, 1}};
    bootstrap.set_groups = true;
    bootstrap.oom_score_adj = -5;
    bootstrap.rootless = true;
    bootstrap.newuidmap_path = "/usr/bin/newuidmap";
    bootstrap.time_offsets = {{"boottime", {7, 8}}, {"monotonic", {-1, 0}}};
    const auto attributes = attributes_of(launch::encode_bootstrap(bootstrap));
    const auto text = [](std::string_view value) { return std::string(value) + '\0'; };
    CHECK(attributes.at(27281) == number(CLONE_NEWNS | CLONE_NEWPID));
    CHECK(attributes.at(27282) == text("user:/proc/1/ns/user,net:/run/netns/x"));
    CHECK(attributes.at(27283) == text("0 1000 1\n1 100000 65535\n"));
    CHECK(attributes.at(27284) == text("0 1000 1\n"));
    CHECK(attributes.at(27285) == number(1));
    CHECK(attributes.at(27286) == text("-5"));
    CHECK(attributes.at(27287) == number(1));
    CHECK(attributes.at(27288) == text("/usr/bin/newuidmap"));
    CHECK(attributes.at(27290) == text("boottime 7 8\nmonotonic -1 0\n"));
    CHECK(attributes.count(27289) == 0);
}

TEST_CASE("bootstrap: a container without extras sends flags and privilege only", "[launch]") {
    const auto attributes = attributes_of(launch::encode_bootstrap({}));
    CHECK(attributes.size() == 2);
    CHECK(attributes.at(27281) == number(0));
    CHECK(attributes.at(27287) == number(0));
}

TEST_CASE("bootstrap: the longest value that fits is sent, one byte more is an error that says so",
          "[launch]") {
    launch::Bootstrap bootstrap;
    const std::size_t fits = 65535 - 4 - 1 - std::strlen("net:");
    bootstrap.namespaces.joined = {{CLONE_NEWNET, std::string(fits, 'x')}};
    CHECK(attributes_of(launch::encode_bootstrap(bootstrap)).at(27282).size() == 65531);
    bootstrap.namespaces.joined[0].path += 'x';
    CHECK_THROWS_WITH(launch::encode_bootstrap(bootstrap),
                      Catch::Contains("NS_PATHS") && Catch::Contains("65535"));
}

TEST_CASE("bootstrap: a namespace path that would break the list is refused", "[launch]") {
    launch::Bootstrap bootstrap;
    bootstrap.namespaces.joined = {{CLONE_NEWNET, "/a,user:/b"}};
    CHECK_THROWS_WITH(launch::encode_bootstrap(bootstrap), Catch::Contains("invalid namespace path"));
    bootstrap.namespaces.joined = {{CLONE_NEWNET, std::string("/a\0b", 4)}};
    CHECK_THROWS_AS(launch::encode_bootstrap(bootstrap), Error);
}
