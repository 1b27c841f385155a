// SPDX-License-Identifier: Apache-2.0
// Mounts: types, every option, propagation, recursive attributes, tmpfs and tmpcopyup, id-mapped binds,
// special destinations, errors.
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

json tmpfs(const std::string& destination, std::vector<std::string> options = {}) {
    return {{"destination", destination}, {"type", "tmpfs"}, {"source", "tmpfs"}, {"options", options}};
}

json bind_of(const fs::path& source, const std::string& destination,
             std::vector<std::string> options = {"bind"}) {
    return {
        {"destination", destination}, {"type", "bind"}, {"source", source.string()}, {"options", options}};
}

json attrs_with(Sandbox& sandbox, Bundle& b, const std::string& target) {
    return sandbox.probe(b, {"mount-attrs", target, "mounts"})["mount-attrs " + target];
}

}  // namespace

RUNTIME_TEST("mounts: the default ones are there with their options", "[mounts][root]") {
    json mounts = probe(bundle(), {"mounts"})["mounts"];
    CHECK(mount_at(mounts, "/proc")["type"] == "proc");
    json dev = mount_at(mounts, "/dev");
    CHECK(dev["type"] == "tmpfs");
    CHECK(has_option(dev, "nosuid"));
    CHECK(has_option(dev, "mode=755"));
    CHECK(has_option(dev, "size=65536k"));
    json pts = mount_at(mounts, "/dev/pts");
    CHECK(pts["type"] == "devpts");
    CHECK(has_option(pts, "gid=5"));
    CHECK(has_option(pts, "mode=620"));
    CHECK(has_option(pts, "ptmxmode=666"));
    CHECK(has_option(pts, "noexec"));
    json shm = mount_at(mounts, "/dev/shm");
    CHECK(shm["source"] == "shm");
    for (const char* option : {"nosuid", "nodev", "noexec", "size=65536k"})
        CHECK(has_option(shm, option));
    CHECK(mount_at(mounts, "/dev/mqueue")["type"] == "mqueue");
    json sys = mount_at(mounts, "/sys");
    CHECK(sys["type"] == "sysfs");
    CHECK(has_option(sys, "ro"));
}

RUNTIME_TEST("mounts: every flag option has its effect on a tmpfs", "[mounts][options]") {
    struct {
        const char* option;
        const char* attribute;
        bool expected;
    } const table[] = {
        {"ro", "ro", true},
        {"rw", "ro", false},
        {"nosuid", "nosuid", true},
        {"suid", "nosuid", false},
        {"nodev", "nodev", true},
        {"dev", "nodev", false},
        {"noexec", "noexec", true},
        {"exec", "noexec", false},
        {"noatime", "noatime", true},
        {"relatime", "relatime", true},
        {"nodiratime", "nodiratime", true},
        {"diratime", "nodiratime", false},
        {"strictatime", "relatime", false},
        {"sync", "sync", true},
        {"async", "sync", false},
    };
    // One container for the whole table: a mount per row.
    Bundle& b = bundle();
    std::vector<std::string> verbs;
    int row = 0;
    for (const auto& entry : table) {
        std::string target = "/mnt/" + std::to_string(row++);
        b.directory(target);
        b.mount(tmpfs(target, {entry.option}));
        verbs.push_back("mount-attrs");
        verbs.push_back(target);
    }
    json facts = probe(b, verbs);
    row = 0;
    for (const auto& entry : table) {
        INFO(entry.option);
        CHECK(facts["mount-attrs /mnt/" + std::to_string(row++)][entry.attribute] == entry.expected);
    }
}

RUNTIME_TEST("mounts: nosymfollow stops symlinks", "[mounts][options]") {
    if (is_old_runc()) return;  // came with 1.2
    Bundle& b = bundle();
    b.directory("/mnt/x");
    CHECK(attrs_with(*this, b.mount(tmpfs("/mnt/x", {"nosymfollow"})), "/mnt/x")["nosymfollow"] == true);
}

RUNTIME_TEST("mounts: later options win over earlier ones", "[mounts][options]") {
    Bundle& b = bundle();
    b.directory("/mnt/x");
    json attrs =
        attrs_with(*this, b.mount(tmpfs("/mnt/x", {"ro", "noexec", "rw", "exec", "nosuid"})), "/mnt/x");
    CHECK(attrs["ro"] == false);
    CHECK(attrs["noexec"] == false);
    CHECK(attrs["nosuid"] == true);
}

RUNTIME_TEST("mounts: flag options apply to bind mounts by a remount", "[mounts][options][bind][root]") {
    fs::create_directory(temp("data"));
    write_file(temp("data/file"), "content");
    for (const char* option : {"ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime"}) {
        INFO(option);
        json attrs =
            attrs_with(*this, bundle().mount(bind_of(temp("data"), "/mnt/x", {"bind", option})), "/mnt/x");
        CHECK(attrs[option] == true);
    }
}

RUNTIME_TEST("mounts: a bind of a file creates its mount point and shows the file", "[mounts][bind]") {
    write_file(temp("file"), "from the host");
    Bundle& b = bundle().mount(bind_of(temp("file"), "/etc/deep/file", {"bind", "ro"}));
    json facts = probe(b, {"cat", "/etc/deep/file", "write", "/etc/deep/file"});
    CHECK(facts["cat /etc/deep/file"] == "from the host");
    CHECK(facts["write /etc/deep/file"]["errno"] == "EROFS");
    CHECK(read_file(b.rootfs() / "etc/deep/file").empty());
}

RUNTIME_TEST("mounts: a relative bind source is in the bundle, a bind without type is one",
             "[mounts][bind]") {
    Bundle& b = bundle();
    fs::create_directory(b.dir() / "volume");
    write_file(b.dir() / "volume/file", "volume");
    b.mount({{"destination", "/mnt/v"}, {"source", "volume"}, {"options", {"rbind"}}});
    CHECK(probe(b, {"cat", "/mnt/v/file"})["cat /mnt/v/file"] == "volume");
}

RUNTIME_TEST("mounts: bind shows one mount, rbind the mounts below too", "[mounts][bind][root]") {
    fs::create_directories(temp("tree/sub"));
    REQUIRE(mount("inner", temp("tree/sub").c_str(), "tmpfs", 0, nullptr) == 0);
    write_file(temp("tree/sub/file"), "below");
    json facts = probe(bundle()
                           .mount(bind_of(temp("tree"), "/mnt/one", {"bind"}))
                           .mount(bind_of(temp("tree"), "/mnt/all", {"rbind"})),
                       {"cat", "/mnt/one/sub/file", "cat", "/mnt/all/sub/file"});
    CHECK(facts["cat /mnt/one/sub/file"].is_null());
    CHECK(facts["cat /mnt/all/sub/file"] == "below");
    umount(temp("tree/sub").c_str());
}

RUNTIME_TEST("mounts: a read-only rbind leaves submounts writable, rro does not",
             "[mounts][bind][recursive][root]") {
    fs::create_directories(temp("tree/sub"));
    REQUIRE(mount("inner", temp("tree/sub").c_str(), "tmpfs", 0, nullptr) == 0);
    Bundle& b = bundle()
                    .mount(bind_of(temp("tree"), "/mnt/ro", {"rbind", "ro"}))
                    .mount(bind_of(temp("tree"), "/mnt/rro", {"rbind", "rro"}))
                    .mount(bind_of(temp("tree"), "/mnt/rat",
                                   {"rbind", "rnoatime", "rnosuid", "rnodev", "rnoexec", "rnodiratime"}));
    json facts = probe(b, {"mount-attrs", "/mnt/ro", "mount-attrs", "/mnt/ro/sub", "mount-attrs", "/mnt/rro",
                           "mount-attrs", "/mnt/rro/sub", "mount-attrs", "/mnt/rat/sub"});
    CHECK(facts["mount-attrs /mnt/ro"]["ro"] == true);
    CHECK(facts["mount-attrs /mnt/ro/sub"]["ro"] == false);
    CHECK(facts["mount-attrs /mnt/rro"]["ro"] == true);
    CHECK(facts["mount-attrs /mnt/rro/sub"]["ro"] == true);
    for (const char* flag : {"noatime", "nosuid", "nodev", "noexec", "nodiratime"}) {
        INFO(flag);
        CHECK(facts["mount-attrs /mnt/rat/sub"][flag] == true);
    }
    umount(temp("tree/sub").c_str());
}

RUNTIME_TEST("mounts: recursive clearing options undo what the source has",
             "[mounts][bind][recursive][root]") {
    fs::create_directories(temp("tree/sub"));
    REQUIRE(mount("outer", temp("tree").c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0);
    fs::create_directories(temp("tree/sub"));
    REQUIRE(mount("inner", temp("tree/sub").c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) ==
            0);
    REQUIRE(mount(nullptr, temp("tree/sub").c_str(), nullptr,
                  MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0);
    json facts = probe(bundle().mount(bind_of(temp("tree"), "/mnt/x",
                                              {"rbind", "rrw", "rsuid", "rdev", "rexec", "rrelatime"})),
                       {"mount-attrs", "/mnt/x/sub"});
    for (const char* flag : {"ro", "nosuid", "nodev", "noexec"}) {
        INFO(flag);
        CHECK(facts["mount-attrs /mnt/x/sub"][flag] == false);
    }
    CHECK(facts["mount-attrs /mnt/x/sub"]["relatime"] == true);
    umount(temp("tree/sub").c_str());
    umount(temp("tree").c_str());
}

RUNTIME_TEST("mounts: propagation options are applied after the mount", "[mounts][propagation][root]") {
    fs::create_directory(temp("data"));
    REQUIRE(mount("vol", temp("data").c_str(), "tmpfs", 0, nullptr) == 0);
    auto propagation = [&](const char* option) {
        json mounts =
            probe(bundle().mount(bind_of(temp("data"), "/mnt/x", {"rbind", option})), {"mounts"})["mounts"];
        return mount_at(mounts, "/mnt/x")["propagation"].get<std::string>();
    };
    CHECK(propagation("rprivate") == "");
    CHECK(propagation("private") == "");
    CHECK(propagation("rslave").find("shared:") == std::string::npos);
    CHECK_THAT(propagation("rshared"), HasText("shared:"));
    CHECK_THAT(propagation("shared"), HasText("shared:"));
    CHECK_THAT(propagation("unbindable"), HasText("unbindable"));
    umount(temp("data").c_str());
}

RUNTIME_TEST(
    "mounts: what is mounted on the host later appears in a container's rslave volume, and in no rprivate "
    "one",
    "[mounts][propagation][root]") {
    fs::create_directories(temp("volume/late"));
    REQUIRE(mount(temp("volume").c_str(), temp("volume").c_str(), nullptr, MS_BIND, nullptr) == 0);
    REQUIRE(mount(nullptr, temp("volume").c_str(), nullptr, MS_SHARED, nullptr) == 0);
    auto sees_later_mount = [&](const char* option) {
        Bundle& b = bundle().sh("echo up; read line; cat /mnt/v/late/file; exit 0");
        b.mount(bind_of(temp("volume"), "/mnt/v", {"rbind", option}));
        Pipe input = make_pipe();
        Options options;
        options.stdin_fd = input.read_end.get();
        std::string c = run_detached(b, {}, options);
        REQUIRE(wait_until([&] { return output(c) == "up\n"; }));
        REQUIRE(mount("late", temp("volume/late").c_str(), "tmpfs", 0, nullptr) == 0);
        write_file(temp("volume/late/file"), "late");
        REQUIRE(write(input.write_end.get(), "\n", 1) == 1);
        CHECK(wait_exit(c) == 0);
        umount(temp("volume/late").c_str());
        return output(c) == "up\nlate";
    };
    CHECK(sees_later_mount("rslave"));
    CHECK_FALSE(sees_later_mount("rprivate"));
    umount(temp("volume").c_str());
}

RUNTIME_TEST("mounts: a container's mount in an rshared volume reaches the host",
             "[mounts][propagation][root]") {
    fs::create_directories(temp("volume/inner"));
    REQUIRE(mount(temp("volume").c_str(), temp("volume").c_str(), nullptr, MS_BIND, nullptr) == 0);
    REQUIRE(mount(nullptr, temp("volume").c_str(), nullptr, MS_SHARED, nullptr) == 0);
    Bundle& b = bundle().privileged().sh("mount -t tmpfs from-inside /mnt/v/inner && echo up && sleep 100");
    b.mount(bind_of(temp("volume"), "/mnt/v", {"rbind", "rshared"}));
    b.spec["linux"]["rootfsPropagation"] = "shared";
    std::string c = run_detached(b);
    CHECK(wait_until([&] { return output(c) == "up\n"; }));
    CHECK_THAT(read_file("/proc/self/mounts"), HasText("from-inside " + temp("volume/inner").string()));
    umount(temp("volume/inner").c_str());
    umount(temp("volume").c_str());
}

RUNTIME_TEST("mounts: a tmpfs takes the mode of the directory it covers, unless it says one",
             "[mounts][tmpfs]") {
    Bundle& b = bundle();
    b.directory("mnt/odd", 01730);
    b.directory("mnt/said", 0755);
    b.mount(tmpfs("/mnt/odd"))
        .mount(tmpfs("/mnt/said", {"mode=0444", "size=1m"}))
        .mount(tmpfs("/mnt/new/made"));
    json facts = probe(b, {"stat", "/mnt/odd", "stat", "/mnt/said", "stat", "/mnt/new/made", "mounts"});
    CHECK(facts["stat /mnt/odd"]["mode"] == "1730");
    // runc before 1.1.10 let the directory's mode win.
    if (!is_old_runc()) CHECK(facts["stat /mnt/said"]["mode"] == "0444");
    CHECK(has_option(mount_at(facts["mounts"], "/mnt/said"), "size=1024k"));
    // One that the runtime made has the kernel's default.
    if (!is_old_runc()) CHECK(facts["stat /mnt/new/made"]["mode"] == "1777");
}

RUNTIME_TEST("mounts: tmpcopyup starts with what it covers, and the image stays as it was",
             "[mounts][tmpfs]") {
    Bundle& b = bundle();
    b.file("var/data/file", "from the image", 0640);
    b.file("var/data/sub/other", "deeper");
    b.symlink("file", "var/data/link");
    b.mount(tmpfs("/var/data", {"tmpcopyup"}));
    json facts = probe(b, {"cat", "/var/data/file", "cat", "/var/data/sub/other", "stat", "/var/data/file",
                           "stat", "/var/data/link", "touch", "/var/data/new", "mounts"});
    CHECK(facts["cat /var/data/file"] == "from the image");
    CHECK(facts["cat /var/data/sub/other"] == "deeper");
    CHECK(facts["stat /var/data/file"]["mode"] == "0640");
    CHECK(facts["stat /var/data/link"]["target"] == "file");
    CHECK(facts["touch /var/data/new"]["errno"] == "");
    CHECK(mount_at(facts["mounts"], "/var/data")["type"] == "tmpfs");
    CHECK_FALSE(fs::exists(b.rootfs() / "var/data/new"));
}

RUNTIME_TEST("mounts: a read-only tmpfs with tmpcopyup has the content and is read-only", "[mounts][tmpfs]") {
    Bundle& b = bundle();
    b.file("var/data/file", "from the image");
    b.mount(tmpfs("/var/data", {"tmpcopyup", "ro"}));
    json facts = probe(b, {"cat", "/var/data/file", "touch", "/var/data/new"});
    CHECK(facts["cat /var/data/file"] == "from the image");
    CHECK(facts["touch /var/data/new"]["errno"] == "EROFS");
}

RUNTIME_TEST("mounts: files can be bound into a read-only tmpfs", "[mounts][tmpfs]") {
    write_file(temp("file"), "bound");
    Bundle& b = bundle()
                    .mount(tmpfs("/run", {"ro", "nosuid"}))
                    .mount(bind_of(temp("file"), "/run/secret/file", {"bind"}));
    json facts = probe(b, {"cat", "/run/secret/file", "touch", "/run/x"});
    CHECK(facts["cat /run/secret/file"] == "bound");
    CHECK(facts["touch /run/x"]["errno"] == "EROFS");
}

RUNTIME_TEST("mounts: mount points are made through symlinks of the image, inside the root",
             "[mounts][security]") {
    fs::create_directory(temp("outside"));
    write_file(temp("data"), "x");
    Bundle& b = bundle();
    b.symlink(temp("outside"), "var/run");
    b.symlink("/etc", "conf");
    b.mount(tmpfs("/var/run/app")).mount(bind_of(temp("data"), "/conf/file"));
    json mounts = probe(b, {"mounts"})["mounts"];
    CHECK(fs::is_empty(temp("outside")));
    CHECK(fs::exists(b.rootfs() / temp("outside").relative_path() / "app"));
    CHECK_FALSE(mount_at(mounts, "/etc/file").is_null());
}

RUNTIME_TEST("mounts: id-mapped binds show shifted owners", "[mounts][idmap][root]") {
    REQUIRES("idmap");
    fs::create_directory(temp("data"));
    write_file(temp("data/file"), "x");
    REQUIRE(chown(temp("data/file").c_str(), 1000, 1001) == 0);
    json entry = bind_of(temp("data"), "/mnt/x", {"bind"});
    entry["uidMappings"] = json::array({{{"containerID", 1000}, {"hostID", 5000}, {"size", 10}}});
    entry["gidMappings"] = json::array({{{"containerID", 1001}, {"hostID", 6001}, {"size", 10}}});
    json facts = probe(bundle().mount(entry), {"stat", "/mnt/x/file"});
    CHECK(facts["stat /mnt/x/file"]["uid"] == 5000);
    CHECK(facts["stat /mnt/x/file"]["gid"] == 6001);
}

RUNTIME_TEST("mounts: idmap without mappings takes the container's, ridmap the whole tree",
             "[mounts][idmap][userns][root]") {
    REQUIRES("idmap");
    REQUIRES("idmap-tmpfs");
    fs::create_directories(temp("data/sub"));
    REQUIRE(mount("inner", temp("data/sub").c_str(), "tmpfs", 0, nullptr) == 0);
    write_file(temp("data/file"), "x");
    write_file(temp("data/sub/file"), "x");
    Bundle& b = bundle().user_namespace();
    b.mount(bind_of(temp("data"), "/mnt/one", {"rbind", "idmap"}))
        .mount(bind_of(temp("data"), "/mnt/all", {"rbind", "ridmap"}));
    json facts =
        probe(b, {"stat", "/mnt/one/file", "stat", "/mnt/one/sub/file", "stat", "/mnt/all/sub/file"});
    CHECK(facts["stat /mnt/one/file"]["uid"] == 0);
    CHECK(facts["stat /mnt/one/sub/file"]["uid"] == 65534);
    CHECK(facts["stat /mnt/all/sub/file"]["uid"] == 0);
    umount(temp("data/sub").c_str());
}

RUNTIME_TEST("mounts: id mappings on something that is no bind, or half of them, are refused",
             "[mounts][idmap][errors][root]") {
    REQUIRES("idmap");
    json entry = tmpfs("/mnt/x");
    json map = json::array({{{"containerID", 0}, {"hostID", 5000}, {"size", 10}}});
    entry["uidMappings"] = entry["gidMappings"] = map;
    CHECK_FAILS(try_create(bundle().idle().mount(entry)), 1,
                "id-mapped mounts are only supported for bind-mounts");
    entry = bind_of(temp(""), "/mnt/x");
    entry["uidMappings"] = map;
    CHECK_FAILS(try_create(bundle().idle().mount(entry)), 1,
                "id-mapped mounts must have both uid and gid mappings specified");
}

RUNTIME_TEST("mounts: the cgroup mount shows the container's own cgroups, read-only", "[mounts][cgroups]") {
    REQUIRES("cgroup-v1");
    json facts =
        probe(bundle(), {"mounts", "list", "/sys/fs/cgroup", "touch", "/sys/fs/cgroup/memory/x", "cgroup"});
    std::set<std::string> names = facts["list /sys/fs/cgroup"];
    for (const char* controller : {"memory", "pids", "cpuset", "devices"})
        CHECK(names.count(controller) == 1);
    json memory = mount_at(facts["mounts"], "/sys/fs/cgroup/memory");
    CHECK(memory["type"] == "cgroup");
    CHECK(has_option(memory, "ro"));
    CHECK(memory["root"].get<std::string>().ends_with(last_id()));
    CHECK_FALSE(facts["touch /sys/fs/cgroup/memory/x"]["errno"] == "");
}

RUNTIME_TEST("mounts: with a cgroup namespace the cgroup mounts are real ones rooted at the container's",
             "[mounts][cgroups]") {
    REQUIRES("cgroup-v1");
    json facts =
        probe(bundle().add_namespace("cgroup"), {"mounts", "cat", "/sys/fs/cgroup/memory/cgroup.procs"});
    json memory = mount_at(facts["mounts"], "/sys/fs/cgroup/memory");
    CHECK(memory["type"] == "cgroup");
    CHECK(memory["root"] == "/");
    CHECK(facts["cat /sys/fs/cgroup/memory/cgroup.procs"] == "1\n");
}

RUNTIME_TEST(
    "mounts: on v2 the cgroup mount is read-only, and with a namespace rooted at the container's own",
    "[mounts][cgroups]") {
    REQUIRES("cgroup-v2");
    Bundle& b = bundle();
    CHECK(has_option(mount_at(probe(b, {"mounts"})["mounts"], "/sys/fs/cgroup"), "ro"));
    b.add_namespace("cgroup");
    const json facts = probe(b, {"mounts", "cat", "/sys/fs/cgroup/cgroup.procs", "cat", "/proc/self/cgroup",
                                 "touch", "/sys/fs/cgroup/x"});
    const json mount = mount_at(facts["mounts"], "/sys/fs/cgroup");
    CHECK(mount["type"] == "cgroup2");
    CHECK(mount["root"] == "/");
    CHECK(has_option(mount, "ro"));
    CHECK(facts["cat /sys/fs/cgroup/cgroup.procs"] == "1\n");
    CHECK_THAT(facts["cat /proc/self/cgroup"].get<std::string>(), HasText("0::/\n"));
    CHECK(facts["touch /sys/fs/cgroup/x"]["errno"] == "EROFS");
}

RUNTIME_TEST("mounts: proc files may be covered by binds, other things below /proc may not",
             "[mounts][security]") {
    write_file(temp("file"), "fake");
    fs::create_directory(temp("dir"));
    CHECK(probe(bundle().mount(bind_of(temp("file"), "/proc/cpuinfo")),
                {"cat", "/proc/cpuinfo"})["cat /proc/cpuinfo"] == "fake");
    CHECK_FAILS(try_create(bundle().idle().mount(bind_of(temp("file"), "/proc/version"))), 1,
                "cannot be mounted because it is inside /proc");
    CHECK_FAILS(try_create(bundle().idle().mount(bind_of(temp("dir"), "/proc"))), 1,
                "because it is not of type proc");
    if (is_old_runc()) return;  // 1.1 looks at binds only
    CHECK_FAILS(try_create(bundle().idle().mount(tmpfs("/proc/sys"))), 1,
                "cannot be mounted because it is inside /proc");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("mounts: unknown options are data, which binds refuse", "[mounts][errors]") {
    if (is_old_runc()) return;  // 1.1 lets a bind have data
    CHECK_FAILS(try_create(bundle().idle().mount(bind_of(temp(""), "/mnt/x", {"bind", "bogus"}))), 1,
                "bind mounts cannot have any filesystem-specific options applied");
    Result result = try_create(bundle().idle().mount(tmpfs("/mnt/x", {"bogus=1"})));
    CHECK_FAILS(result, 1, "/mnt/x");
    CHECK_THAT(plain_errors(result), HasText("invalid argument"));
}

RUNTIME_TEST("mounts: a failing mount names source, target and reason", "[mounts][errors]") {
    Result result = try_create(bundle().idle().mount(bind_of(temp("missing"), "/mnt/x")));
    CHECK_FAILS(result, 1, temp("missing").string());
    CHECK_THAT(plain_errors(result), HasText("/mnt/x") && HasText("no such file or directory"));
    CHECK(status(last_id()).empty());
    result =
        try_create(bundle().idle().mount({{"destination", "/mnt/x"}, {"type", "nosuchfs"}, {"source", "x"}}));
    CHECK_FAILS(result, 1, "no such device");
}

RUNTIME_TEST("mounts: a relative destination counts from the root", "[mounts]") {
    if (is_old_runc()) return;  // 1.1 fails
    CHECK_FALSE(
        mount_at(probe(bundle().mount(tmpfs("mnt/rel")), {"mounts"})["mounts"], "/mnt/rel").is_null());
}

RUNTIME_TEST("mounts: stacked on one target, the last is on top", "[mounts]") {
    fs::create_directory(temp("one"));
    fs::create_directory(temp("two"));
    write_file(temp("one/name"), "one");
    write_file(temp("two/name"), "two");
    json facts = probe(bundle().mount(bind_of(temp("one"), "/mnt/x")).mount(bind_of(temp("two"), "/mnt/x")),
                       {"cat", "/mnt/x/name"});
    CHECK(facts["cat /mnt/x/name"] == "two");
}

RUNTIME_TEST("mounts: a hundred binds are mounted", "[mounts]") {
    fs::create_directory(temp("data"));
    write_file(temp("data/file"), "x");
    Bundle& b = bundle();
    for (int i = 0; i < 100; ++i)
        b.mount(bind_of(temp("data"), "/mnt/n" + std::to_string(i), {"rbind", "ro", "rprivate"}));
    json facts = probe(b, {"cat", "/mnt/n0/file", "cat", "/mnt/n99/file", "mounts"});
    CHECK(facts["cat /mnt/n99/file"] == "x");
    CHECK(has_option(mount_at(facts["mounts"], "/mnt/n57"), "ro"));
}

RUNTIME_TEST("mounts: sysfs and proc follow no symlink of the image", "[mounts][security]") {
    Bundle& b = bundle().idle();
    b.directory("elsewhere");
    b.symlink("elsewhere", "proc");
    CHECK_FAILS(try_create(b), 1, "must be mounted on ordinary directory");
    Bundle& other = bundle().idle();
    other.directory("elsewhere");
    other.symlink("/elsewhere", "sys");
    CHECK_FAILS(try_create(other), 1, "must be mounted on ordinary directory");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("mounts: the mount source's locked flags survive a bind in a user namespace",
             "[mounts][userns][bind][root]") {
    if (is_old_runc()) return;  // 1.1 fails with EPERM instead of keeping them
    fs::create_directory(temp("locked"));
    REQUIRE(mount("locked", temp("locked").c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0);
    Bundle& b = bundle().user_namespace().mount(bind_of(temp("locked"), "/mnt/x", {"bind", "ro"}));
    json attrs = attrs_with(*this, b, "/mnt/x");
    for (const char* flag : {"ro", "nosuid", "nodev", "noexec"}) {
        INFO(flag);
        CHECK(attrs[flag] == true);
    }
    umount(temp("locked").c_str());
}
