// SPDX-License-Identifier: Apache-2.0
// Id mappings that are written in a mount option, and those that nobody wrote.
#include "config/id_mappings.h"

#include "config/generated_mappings.h"
#include "support/text_matchers.h"
#include "unit/config/made_up_host.h"

using namespace runcxx;
using namespace runcxx::config;
using runcxx::config::test::Case;

namespace {

std::string error_of_maps(std::string_view text, const IdMappings& uids = {}, const IdMappings& gids = {}) {
    try {
        parse_inline_maps(text, uids, gids);
        return {};
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::InvalidConfig);
        return error.message();
    }
}

}  // namespace

TEST_CASE("inline maps: triples are separated by #, kinds by ;", "[config]") {
    const auto maps = parse_inline_maps("uids=0-1000-1#1-100000-65536;gids=5-6-7", {}, {});
    CHECK(maps.uids == IdMappings{{0, 1000, 1}, {1, 100000, 65536}});
    CHECK(maps.gids == IdMappings{{5, 6, 7}});
    CHECK(parse_inline_maps("gids=5-6-7", {}, {}).uids.empty());
}

TEST_CASE("inline maps: @ counts from inside the container", "[config]") {
    // The example of crun's manual.
    const IdMappings uids = {{0, 0, 1}, {1, 2, 1000}};
    CHECK(parse_inline_maps("uids=@1-3-10", uids, {}).uids == IdMappings{{1, 4, 10}});
    CHECK(parse_inline_maps("gids=@1-3-10", {}, uids).gids == IdMappings{{1, 4, 10}});
    CHECK(error_of_maps("uids=@1-1001-1", uids) ==
          "invalid id mapping \"@1-1001-1\" of a mount: the container's user namespace does not map it");
    CHECK_FALSE(error_of_maps("gids=@1-3-10", uids).empty());
}

TEST_CASE("inline maps: everything else is refused", "[config]") {
    const auto* text = GENERATE("uids", "uids=1", "uids=1-2", "uids=1-2-3-4", "uids=a-2-3", "uids=1-2--3",
                                "uids=1-2-4294967296", "uids=1-2-3,gids=1-2-3", "users=1-2-3", "1-2-3");
    CAPTURE(text);
    CHECK_THAT(error_of_maps(text), tests::Contains("invalid id mapping"));
}

TEST_CASE("subordinate ids: lines of the user, by name or number", "[config]") {
    const auto ranges = parse_subordinate_ids(
        "other:1:2\njo:100000:65536\n1000:300000:10\n# jo:7:7\njo:x:7\njo:7\njo:9:0\njoe:8:8\n", "jo", 1000);
    REQUIRE(ranges.size() == 2);
    CHECK(ranges[0].first == 100000);
    CHECK(ranges[0].count == 65536);
    CHECK(ranges[1].first == 300000);
    // A user without a name is not the one of lines without one.
    CHECK(parse_subordinate_ids(":100000:65536\n", "", 1000).empty());
}

TEST_CASE("subordinate ids: the user's name is in the passwd file", "[config]") {
    const char* passwd = "root:x:0:0::/root:/bin/sh\njo:x:1000:1000::/:/bin/sh\n";
    CHECK(user_name(passwd, 1000) == "jo");
    CHECK(user_name(passwd, 1).empty());
}

TEST_CASE("generated mappings: a user is root, his other ids follow", "[config]") {
    CHECK(user_mappings(1000, {}) == IdMappings{{0, 1000, 1}});
    CHECK(user_mappings(1000, {{100000, 10}, {200000, 5}}) ==
          IdMappings{{0, 1000, 1}, {1, 100000, 10}, {11, 200000, 5}});
    CHECK(user_mappings(1000, {{1, UINT32_MAX - 1}, {7, 7}}) ==
          IdMappings{{0, 1000, 1}, {1, 1, UINT32_MAX - 1}});
}

TEST_CASE("resolve: a new user namespace of root's without mappings keeps every id", "[config]") {
    Case c;
    c.add_namespace("user");
    auto container = c.resolve();
    CHECK(container.uid_mappings == IdMappings{{0, 0, UINT32_MAX}});
    CHECK(container.gid_mappings == IdMappings{{0, 0, UINT32_MAX}});

    SECTION("those that there are, in a user namespace") {
        c.facts.in_user_namespace = true;  // which has the ids of calm_host()
        container = c.resolve();
        CHECK(container.uid_mappings == IdMappings{{0, 0, 65536}});
    }
}

TEST_CASE("resolve: a new user namespace of a user's without mappings has his ids", "[config]") {
    Case c;
    c.facts = test::user_1000();
    c.add_namespace("user");
    c.facts.newuidmap_path = std::string("/usr/bin/newuidmap");
    c.facts.newgidmap_path = std::string("/usr/bin/newgidmap");
    auto container = c.resolve();
    CHECK(container.uid_mappings == IdMappings{{0, 1000, 1}, {1, 100000, 65536}});
    CHECK(container.gid_mappings == IdMappings{{0, 1000, 1}, {1, 200000, 65536}, {65537, 300000, 10}});

    SECTION("his own only, and a warning, without the tools that map others") {
        c.facts.newgidmap_path = std::string();
        c.spec.mounts.clear();  // /dev/pts has a gid= that is not mapped then
        container = c.resolve();
        CHECK(container.uid_mappings == IdMappings{{0, 1000, 1}});
        CHECK(container.gid_mappings == IdMappings{{0, 1000, 1}});
        REQUIRE(container.warnings.size() == 1);
        CHECK_THAT(container.warnings[0], tests::Contains("only your own ids are mapped"));
    }
}
