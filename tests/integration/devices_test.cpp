// SPDX-License-Identifier: Apache-2.0
// /dev, masked and read-only paths, the read-only root: what the container's file system looks like.
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

RUNTIME_TEST("devices: the default nodes exist with their numbers, mode 0666 and root as owner",
             "[devices][root]") {
    json devices = probe(bundle(), {"devices"})["devices"];
    struct {
        const char* name;
        int major, minor;
    } const expected[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
                          {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
    for (const auto& [name, major, minor] : expected) {
        INFO(name);
        CHECK(devices[name]["kind"] == "char");
        CHECK(devices[name]["mode"] == "0666");
        CHECK(devices[name]["uid"] == 0);
        CHECK(devices[name]["gid"] == 0);
        CHECK(devices[name]["major"] == major);
        CHECK(devices[name]["minor"] == minor);
    }
}

RUNTIME_TEST("devices: the default links exist", "[devices]") {
    json devices = probe(bundle(), {"devices"})["devices"];
    const std::pair<const char*, const char*> expected[] = {{"fd", "/proc/self/fd"},
                                                            {"stdin", "/proc/self/fd/0"},
                                                            {"stdout", "/proc/self/fd/1"},
                                                            {"stderr", "/proc/self/fd/2"},
                                                            {"ptmx", "pts/ptmx"}};
    for (const auto& [name, target] : expected) {
        INFO(name);
        CHECK(devices[name]["kind"] == "link");
        CHECK(devices[name]["target"] == target);
    }
    CHECK(devices.contains("core") == (access("/proc/kcore", F_OK) == 0));
}

RUNTIME_TEST("devices: nothing of the host's /dev is there", "[devices]") {
    json devices = probe(bundle(), {"devices"})["devices"];
    std::set<std::string> known = {"null", "zero",  "full",   "random", "urandom", "tty",
                                   "fd",   "stdin", "stdout", "stderr", "ptmx",    "core",
                                   "pts",  "shm",   "mqueue", "console"};
    for (const auto& item : devices.items()) {
        INFO(item.key());
        CHECK(known.count(item.key()) == 1);
    }
}

RUNTIME_TEST("devices: the default nodes can be used under a deny-all device cgroup, others cannot be made",
             "[devices][cgroups][root]") {
    Bundle& b = bundle().privileged();
    json facts = probe(b, {"open", "/dev/null", "open", "/dev/zero", "open", "/dev/full", "open",
                           "/dev/random", "open", "/dev/urandom", "mknod", "/dev/shm/other"});
    for (const char* name : {"null", "zero", "full", "random", "urandom"}) {
        INFO(name);
        CHECK(facts[std::string("open /dev/") + name]["read"] == "");
        CHECK(facts[std::string("open /dev/") + name]["write"] == "");
    }
    CHECK(facts["mknod /dev/shm/other"]["errno"] == "");  // `c *:* m` is allowed by default
}

RUNTIME_TEST("devices: configured ones are made with path, mode and owner", "[devices][root]") {
    Bundle& b = bundle();
    b.spec["linux"]["devices"] =
        json::array({{{"path", "/dev/mine"},
                      {"type", "c"},
                      {"major", 1},
                      {"minor", 5},
                      {"fileMode", 0640},
                      {"uid", 12},
                      {"gid", 34}},
                     {{"path", "/dev/deep/er/unbuffered"}, {"type", "u"}, {"major", 1}, {"minor", 7}},
                     {{"path", "/dev/disk"}, {"type", "b"}, {"major", 7}, {"minor", 63}, {"fileMode", 0600}},
                     {{"path", "/dev/pipe"}, {"type", "p"}, {"fileMode", 0622}}});
    json facts = probe(b, {"devices", "stat", "/dev/deep/er/unbuffered"});
    json mine = facts["devices"]["mine"];
    CHECK(mine["kind"] == "char");
    CHECK(mine["mode"] == "0640");
    CHECK(mine["uid"] == 12);
    CHECK(mine["gid"] == 34);
    CHECK(mine["major"] == 1);
    CHECK(mine["minor"] == 5);
    CHECK(facts["devices"]["disk"]["kind"] == "block");
    CHECK(facts["devices"]["disk"]["major"] == 7);
    CHECK(facts["devices"]["disk"]["minor"] == 63);
    CHECK(facts["devices"]["pipe"]["kind"] == "fifo");
    CHECK(facts["devices"]["pipe"]["mode"] == "0622");
    json deep = facts["stat /dev/deep/er/unbuffered"];
    CHECK(deep["kind"] == "char");
    CHECK(deep["mode"] == "0666");
    CHECK(deep["minor"] == 7);
}

RUNTIME_TEST("devices: a configured one replaces the default of the same path", "[devices][root]") {
    Bundle& b = bundle();
    b.spec["linux"]["devices"] = json::array(
        {{{"path", "/dev/tty"}, {"type", "c"}, {"major", 5}, {"minor", 0}, {"fileMode", 0600}, {"uid", 7}}});
    json devices = probe(b, {"devices"})["devices"];
    CHECK(devices["tty"]["mode"] == "0600");
    CHECK(devices["tty"]["uid"] == 7);
    CHECK(devices["null"]["mode"] == "0666");
}

RUNTIME_TEST("devices: a bad type is refused", "[devices][errors]") {
    Bundle& b = bundle().idle();
    b.spec["linux"]["devices"] =
        json::array({{{"path", "/dev/x"}, {"type", "x"}, {"major", 1}, {"minor", 1}}});
    CHECK_FAILS(try_create(b), 1, "invalid device type");
}

RUNTIME_TEST("devices: /dev bound from the host is left alone", "[devices][root]") {
    fs::create_directory(temp("dev"));
    write_file(temp("dev/marker"), "");
    fs::create_directory(temp("dev/pts"));
    REQUIRE(mknod(temp("dev/null").c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0);
    Bundle& b = bundle();
    json mounts = json::array();
    for (const auto& entry : b.spec["mounts"])
        if (entry["destination"].get<std::string>().rfind("/dev", 0) != 0) mounts.push_back(entry);
    b.spec["mounts"] = mounts;
    b.mount({{"destination", "/dev"},
             {"type", "bind"},
             {"source", temp("dev").string()},
             {"options", {"rbind"}}});
    Options options;
    options.input = "not from /dev/null";
    json facts = probe(b, {"list", "/dev"}, {}, options);
    std::set<std::string> names = facts["list /dev"];
    CHECK(names == std::set<std::string>{"marker", "null", "pts"});
}

// ---- masked, read-only
// ----------------------------------------------------------------------------------------------

RUNTIME_TEST(
    "masked paths: files read empty, directories are empty, neither can be written, missing ones are skipped",
    "[masked]") {
    Bundle& b = bundle().writable();
    b.file("secret/file", "secret");
    b.file("plain", "secret");
    b.directory("second");
    b.file("second/x", "secret");
    b.spec["linux"]["maskedPaths"] = {"/plain", "/secret", "/no/such/path", "/second", "/plain"};
    json facts = probe(b, {"cat", "/plain", "list", "/secret", "list", "/second", "touch", "/secret/new",
                           "touch", "/second/new", "stat", "/plain", "mounts"});
    CHECK(facts["cat /plain"] == "");
    CHECK(facts["list /secret"] == json::array());
    CHECK(facts["list /second"] == json::array());
    CHECK(facts["touch /secret/new"]["errno"] == "EROFS");
    CHECK(facts["touch /second/new"]["errno"] == "EROFS");
    CHECK(facts["stat /plain"]["major"] == 1);
    CHECK(facts["stat /plain"]["minor"] == 3);
    CHECK(read_file(b.rootfs() / "plain") == "secret");
}

RUNTIME_TEST("masked paths: the defaults of the kernel's secrets hold", "[masked]") {
    json facts = probe(bundle(), {"cat", "/proc/keys", "list", "/proc/acpi", "list", "/sys/firmware", "stat",
                                  "/proc/timer_list"});
    CHECK(facts["cat /proc/keys"] == "");
    if (fs::exists("/sys/firmware")) CHECK(facts["list /sys/firmware"] == json::array());
}

RUNTIME_TEST("readonly paths: cannot be written, keep their content, missing ones are skipped",
             "[readonly][root]") {
    Bundle& b = bundle().writable();
    b.file("conf/file", "text");
    b.file("single", "text");
    b.spec["linux"]["readonlyPaths"] = {"/conf", "/single", "/no/such", "/proc/sys"};
    json facts =
        probe(b, {"cat", "/conf/file", "write", "/conf/file", "touch", "/conf/new", "write", "/single", "cat",
                  "/single", "write", "/proc/sys/kernel/hostname", "touch", "/elsewhere"});
    CHECK(facts["cat /conf/file"] == "text");
    CHECK(facts["write /conf/file"]["errno"] == "EROFS");
    CHECK(facts["touch /conf/new"]["errno"] == "EROFS");
    CHECK(facts["write /single"]["errno"] == "EROFS");
    CHECK(facts["write /proc/sys/kernel/hostname"]["errno"] == "EROFS");
    CHECK(facts["touch /elsewhere"]["errno"] == "");
}

RUNTIME_TEST("readonly paths: the root itself is one, but not what is mounted below it", "[readonly]") {
    Bundle& b = bundle().writable();
    b.spec["linux"]["readonlyPaths"] = {"/"};
    json facts = probe(b, {"touch", "/new", "touch", "/dev/new"});
    CHECK(facts["touch /new"]["errno"] == "EROFS");
    CHECK(facts["touch /dev/new"]["errno"] == "");
}

RUNTIME_TEST("readonly paths: keep nosuid, nodev and noexec of what they lie on", "[readonly]") {
    json attrs = probe(bundle(), {"mount-attrs", "/proc/sys", "mount-attrs", "/sys"});
    CHECK(attrs["mount-attrs /proc/sys"]["ro"] == true);
    CHECK(attrs["mount-attrs /sys"]["nosuid"] == true);
}

RUNTIME_TEST("rootfs: is read-only when the spec says so, and writable when not", "[rootfs]") {
    Bundle& b = bundle();
    json facts = probe(b, {"touch", "/new", "mounts"});
    CHECK(facts["touch /new"]["errno"] == "EROFS");
    CHECK(has_option(mount_at(facts["mounts"], "/"), "ro"));
    b.writable();
    CHECK(probe(b, {"touch", "/new"})["touch /new"]["errno"] == "");
    CHECK(fs::exists(b.rootfs() / "new"));
}

RUNTIME_TEST("rootfs: nothing of the host's tree is left in the container's mount table", "[rootfs]") {
    json mounts = probe(bundle(), {"mounts"})["mounts"];
    for (const auto& mount : mounts) {
        std::string target = mount["target"];
        INFO(target);
        CHECK((target == "/" || target.rfind("/proc", 0) == 0 || target.rfind("/dev", 0) == 0 ||
               target.rfind("/sys", 0) == 0));
        // Slaves of the host at most (rootfsPropagation's default): nothing goes back.
        CHECK(mount["propagation"].get<std::string>().find("shared:") == std::string::npos);
    }
}

RUNTIME_TEST("rootfs: --no-pivot gives the same root", "[rootfs]") {
    Bundle& b = bundle();
    b.probe({"list", "/", "cwd", "mounts"});
    Result with = run(b), without = run(b, {"--no-pivot"});
    REQUIRE_OK(with);
    REQUIRE_OK(without);
    json one = json::parse(with.out), two = json::parse(without.out);
    std::set<std::string> names = one["list /"], other_names = two["list /"];
    CHECK(names == other_names);
    CHECK(two["cwd"] == "/");
}

RUNTIME_TEST("rootfs: without a mount namespace the container is only confined to its root", "[rootfs]") {
    Bundle& b = bundle().drop_namespace("mount");
    b.spec["mounts"] = json::array();
    b.spec["linux"].erase("maskedPaths");
    b.spec["linux"].erase("readonlyPaths");
    b.writable();
    if (is_old_runc()) return;  // 1.1 needs a /proc in the root for it
    Result result = run(b.sh("echo /*"));
    INFO(describe(result));
    if (result.exit_code == 0) CHECK_THAT(result.out, HasText("/probe"));
    // The bind of the root on itself is made in the host's mount namespace and stays there, as with runc.
    umount2(b.rootfs().c_str(), MNT_DETACH);
}

RUNTIME_TEST("rootfs: a missing root is named", "[rootfs][errors]") {
    Bundle& b = bundle().idle();
    b.spec["root"]["path"] = "no-such-dir";
    CHECK_FAILS(try_create(b), 1, "no-such-dir");
    b.spec.erase("root");
    CHECK_FAILS(try_create(b), 1, "root must be specified");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("rootfs: a root that is a symlink is refused", "[rootfs][errors]") {
    Bundle& b = bundle().idle();
    fs::create_symlink("rootfs", b.dir() / "link");
    b.spec["root"]["path"] = "link";
    Result result = try_create(b);
    CHECK_FAILS(result, 1, "symlink");
}

RUNTIME_TEST("rootfs: rootfsPropagation is seen on the container's root", "[rootfs][mounts]") {
    Bundle& b = bundle();
    auto root_propagation = [&](const char* value) {
        b.spec["linux"]["rootfsPropagation"] = value;
        return mount_at(probe(b, {"mounts"})["mounts"], "/")["propagation"].get<std::string>();
    };
    CHECK(root_propagation("private") == "");
    // runc 1.1 loses shared and cannot do unbindable.
    if (!is_old_runc()) CHECK_THAT(root_propagation("shared"), HasText("shared:"));
    if (!is_old_runc()) CHECK(root_propagation("unbindable") == "unbindable");
    CHECK(root_propagation("slave").find("shared:") == std::string::npos);
    b.spec["linux"]["rootfsPropagation"] = "foo";
    CHECK_FAILS(try_create(b), 1, "rootfsPropagation=foo is not supported");
}
