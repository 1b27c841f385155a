// SPDX-License-Identifier: Apache-2.0
#include "config/mount_options.h"

#include <linux/mount.h>

#include "base/text.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::config;

TEST_CASE("mount options: the list for features has every name of runc's and crun's, sorted", "[config]") {
    const std::string expected =
        "async atime bind copy-symlink defaults dest-nofollow dev diratime dirsync exec iversion lazytime "
        "loud mand noatime nodev "
        "nodiratime "
        "noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime "
        "rbind rdev "
        "rdiratime relatime remount rexec rnoatime rnodev rnodiratime rnoexec rnorelatime rnostrictatime "
        "rnosuid "
        "rnosymfollow ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable "
        "rw "
        "shared silent slave src-nofollow strictatime suid symfollow sync tmpcopyup unbindable";
    CHECK(join(mount_option_names(), " ") == expected);
}

TEST_CASE("mount options: each flag option sets its flag", "[config]") {
    const auto [name, flag] = GENERATE(table<std::string, std::uint64_t>({
        {"bind", MS_BIND},
        {"dirsync", MS_DIRSYNC},
        {"iversion", MS_I_VERSION},
        {"mand", MS_MANDLOCK},
        {"lazytime", MS_LAZYTIME},
        {"noatime", MS_NOATIME},
        {"nodev", MS_NODEV},
        {"nodiratime", MS_NODIRATIME},
        {"noexec", MS_NOEXEC},
        {"nosuid", MS_NOSUID},
        {"nosymfollow", 256},
        {"rbind", MS_BIND | MS_REC},
        {"relatime", MS_RELATIME},
        {"remount", MS_REMOUNT},
        {"ro", MS_RDONLY},
        {"silent", MS_SILENT},
        {"strictatime", MS_STRICTATIME},
        {"sync", MS_SYNCHRONOUS},
    }));
    CAPTURE(name);
    const auto options = parse_mount_options({name});
    CHECK(options.flags == flag);
    CHECK(options.cleared_flags == 0);
    CHECK(options.data.empty());
}

TEST_CASE("mount options: each negative option clears its flag and is remembered", "[config]") {
    const auto [positive, negative] = GENERATE(table<std::string, std::string>({
        {"sync", "async"},
        {"noatime", "atime"},
        {"nodev", "dev"},
        {"nodiratime", "diratime"},
        {"noexec", "exec"},
        {"silent", "loud"},
        {"iversion", "noiversion"},
        {"lazytime", "nolazytime"},
        {"mand", "nomand"},
        {"relatime", "norelatime"},
        {"strictatime", "nostrictatime"},
        {"ro", "rw"},
        {"nosuid", "suid"},
        {"nosymfollow", "symfollow"},
    }));
    CAPTURE(positive, negative);
    const auto flag = parse_mount_options({positive}).flags;
    REQUIRE(flag != 0);
    const auto cleared = parse_mount_options({positive, negative});
    CHECK(cleared.flags == 0);
    CHECK(cleared.cleared_flags == flag);
    const auto set_again = parse_mount_options({negative, positive});
    CHECK(set_again.flags == flag);
    CHECK(set_again.cleared_flags == 0);
}

TEST_CASE("mount options: propagation options keep their order", "[config]") {
    const auto options = parse_mount_options({"rslave", "shared", "runbindable", "private"});
    CHECK(options.propagation ==
          std::vector<std::uint64_t>{MS_SLAVE | MS_REC, MS_SHARED, MS_UNBINDABLE | MS_REC, MS_PRIVATE});
    CHECK(options.flags == 0);
    CHECK(parse_propagation("rshared") == (MS_SHARED | MS_REC));
    CHECK_FALSE(parse_propagation("ro"));
    CHECK_FALSE(parse_propagation(""));
}

TEST_CASE("mount options: each recursive option is an attribute for mount_setattr", "[config]") {
    const auto [name, set, clear] = GENERATE(table<std::string, std::uint64_t, std::uint64_t>({
        {"rro", MOUNT_ATTR_RDONLY, 0},
        {"rrw", 0, MOUNT_ATTR_RDONLY},
        {"rnosuid", MOUNT_ATTR_NOSUID, 0},
        {"rsuid", 0, MOUNT_ATTR_NOSUID},
        {"rnodev", MOUNT_ATTR_NODEV, 0},
        {"rdev", 0, MOUNT_ATTR_NODEV},
        {"rnoexec", MOUNT_ATTR_NOEXEC, 0},
        {"rexec", 0, MOUNT_ATTR_NOEXEC},
        {"rnodiratime", MOUNT_ATTR_NODIRATIME, 0},
        {"rdiratime", 0, MOUNT_ATTR_NODIRATIME},
        {"rnosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0},
        {"rsymfollow", 0, MOUNT_ATTR_NOSYMFOLLOW},
        {"rnoatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
        {"ratime", 0, MOUNT_ATTR__ATIME},
        {"rstrictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
        {"rnostrictatime", 0, MOUNT_ATTR__ATIME},
        {"rrelatime", 0, MOUNT_ATTR__ATIME},
        {"rnorelatime", 0, MOUNT_ATTR__ATIME},
    }));
    CAPTURE(name);
    const auto options = parse_mount_options({name});
    CHECK(options.recursive_attr_set == set);
    CHECK(options.recursive_attr_clear == clear);
    CHECK(options.flags == 0);
}

TEST_CASE("mount options: what is not an option is data, in order", "[config]") {
    const auto options = parse_mount_options({"size=64k", "ro", "mode=755", "acl"});
    CHECK(options.data == "size=64k,mode=755,acl");
    CHECK(options.flags == MS_RDONLY);
}

TEST_CASE("mount options: \"defaults\" is accepted and means nothing", "[config]") {
    const auto options = parse_mount_options({"defaults"});
    CHECK(options.data.empty());
    CHECK(options.flags == 0);
}

TEST_CASE("mount options: tmpcopyup, idmap and ridmap are no flags and no data", "[config]") {
    const auto options = parse_mount_options({"tmpcopyup", "idmap"});
    CHECK(options.copy_up);
    CHECK(options.id_map == IdMap::Flat);
    CHECK(options.data.empty());
    CHECK(parse_mount_options({"ridmap"}).id_map == IdMap::Recursive);
    CHECK(parse_mount_options({}).id_map == IdMap::None);
}

TEST_CASE("mount options: maps may be given with idmap and ridmap, and are no data", "[config]") {
    auto options = parse_mount_options({"ridmap=uids=0-1-2;gids=0-3-4", "size=1"});
    CHECK(options.id_map == IdMap::Recursive);
    CHECK(options.id_map_text == "uids=0-1-2;gids=0-3-4");
    CHECK(options.data == "size=1");
    // The last one wins, whatever its form.
    options = parse_mount_options({"ridmap=uids=0-1-2", "idmap"});
    CHECK(options.id_map == IdMap::Flat);
    CHECK(options.id_map_text.empty());
    // Only these two have a value.
    CHECK(parse_mount_options({"ro=x"}).data == "ro=x");
}

TEST_CASE("mount options: what is done about links is no flag and no data", "[config]") {
    const auto options = parse_mount_options({"copy-symlink", "src-nofollow", "dest-nofollow"});
    CHECK(options.copy_symlink);
    CHECK(options.source_nofollow);
    CHECK(options.destination_nofollow);
    CHECK(options.flags == 0);
    CHECK(options.data.empty());
    CHECK_FALSE(parse_mount_options({}).copy_symlink);
}
