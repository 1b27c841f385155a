// SPDX-License-Identifier: Apache-2.0
#include "sys/mount.h"

#include <sys/mount.h>

#include "support/catch.h"
#include "sys/mount_table.h"

using namespace runcxx;

TEST_CASE("mount: flags and calls read as in mount(2)", "[sys]") {
    CHECK(sys::mount_flags_text(0).empty());
    CHECK(sys::mount_flags_text(MS_NOSUID | MS_RDONLY | MS_REC) == "MS_RDONLY|MS_NOSUID|MS_REC");
    CHECK(sys::mount_flags_text(MS_BIND | (1ULL << 40)) == "MS_BIND|0x10000000000");
    CHECK(sys::mount_call_text({.source = "proc", .type = "proc", .flags = MS_NODEV, .data = "hidepid=2"},
                               "/proc") == "mount src=proc, dst=/proc, flags=MS_NODEV, data=hidepid=2");
    CHECK(sys::mount_call_text({}, "/x") == "mount dst=/x");
}

TEST_CASE("mount table: lines with and without optional fields are parsed, others left out", "[sys]") {
    const auto table = sys::parse_mount_table(
        "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n"
        "37 35 0:5 / /a\\040b\\134 rw - fuse.sshfs - rw\n"
        "nonsense\n"
        "38 35 0:5 / /x rw shared:1 -\n"
        "39 35 0:5 / /y\\04 rw - proc proc rw\n");
    REQUIRE(table.size() == 3);
    CHECK(table[0].root == "/mnt1");
    CHECK(table[0].mount_point == "/mnt2");
    CHECK(table[0].type == "ext3");
    CHECK(table[1].mount_point == "/a b\\");
    CHECK(table[1].type == "fuse.sshfs");
    CHECK(table[2].mount_point == "/y\\04");
}
