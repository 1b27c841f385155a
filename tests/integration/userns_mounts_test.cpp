// SPDX-License-Identifier: Apache-2.0
// Every type of mount in a container with a user namespace, where the kernel lets init mount less than root may.
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

json entry(const std::string& type, const std::string& source, const std::string& destination,
           const std::vector<std::string>& options) {
    return {{"type", type}, {"source", source}, {"destination", destination}, {"options", options}};
}

}  // namespace

RUNTIME_TEST("userns: kernel file systems, tmpfs, devpts, mqueue and cgroup are mounted as asked",
             "[mounts][userns]") {
    Bundle& b = bundle().in_user_namespace();
    b.mount(entry("tmpfs", "tmpfs", "/mnt/small", {"size=64k", "mode=0751", "uid=7", "gid=8", "noexec"}));
    b.mount(entry("tmpfs", "tmpfs", "/mnt/ro", {"ro", "nosuid", "nodev"}));
    b.mount(entry("proc", "proc", "/mnt/proc", {"hidepid=2"}));
    b.mount(entry("devpts", "devpts", "/mnt/pts", {"newinstance", "ptmxmode=0666", "gid=5"}));
    b.mount(entry("mqueue", "mqueue", "/mnt/mqueue", {"nosuid"}));
    const auto facts = probe(b, {"mounts", "stat", "/mnt/small", "touch", "/mnt/ro/x", "touch",
                                 "/mnt/small/x", "stat", "/mnt/pts/ptmx"});
    const auto& mounts = facts["mounts"];
    const std::pair<const char*, const char*> types[] = {
        {"/proc", "proc"},         {"/sys", "sysfs"},       {"/dev", "tmpfs"},     {"/dev/pts", "devpts"},
        {"/dev/mqueue", "mqueue"}, {"/mnt/small", "tmpfs"}, {"/mnt/proc", "proc"}, {"/mnt/pts", "devpts"},
        {"/mnt/mqueue", "mqueue"}, {"/dev/shm", "tmpfs"},   {"/mnt/ro", "tmpfs"}};
    for (const auto& [target, type] : types) {
        INFO(target);
        CHECK(mount_at(mounts, target)["type"] == type);
    }
    CHECK(facts["stat /mnt/small"]["uid"] == 7);
    CHECK(facts["stat /mnt/small"]["gid"] == 8);
    CHECK(has_option(mount_at(mounts, "/mnt/small"), "noexec"));
    CHECK(facts["touch /mnt/ro/x"]["errno"] == "EROFS");
    CHECK(has_option(mount_at(mounts, "/mnt/proc"), "hidepid=invisible"));
    CHECK(facts["stat /mnt/pts/ptmx"]["mode"] == "0666");
    CHECK_FALSE(mount_at(mounts, "/sys/fs/cgroup").is_null());
}

RUNTIME_TEST("userns: tmpcopyup copies what the image has", "[mounts][userns]") {
    Bundle& b = bundle();
    b.file("etc/deep/file", "content", 0640);
    b.in_user_namespace();
    b.mount(entry("tmpfs", "tmpfs", "/etc/deep", {"tmpcopyup"}));
    const auto facts =
        probe(b, {"cat", "/etc/deep/file", "stat", "/etc/deep/file", "touch", "/etc/deep/new"});
    CHECK(facts["cat /etc/deep/file"] == "content");
    CHECK(facts["stat /etc/deep/file"]["mode"] == "0640");
    CHECK(facts["stat /etc/deep/file"]["uid"] == 0);
    CHECK(facts["touch /etc/deep/new"]["errno"] == "");
}

RUNTIME_TEST("userns: binds of files, directories and trees, with flags of every kind",
             "[mounts][userns][bind][root]") {
    fs::create_directories(temp("tree/sub"));
    REQUIRE(mount("inner", temp("tree/sub").c_str(), "tmpfs", MS_NODEV | MS_NOSUID, nullptr) == 0);
    fs::create_directory(temp("flat"));
    write_file(temp("tree/file"), "outer");
    write_file(temp("tree/sub/file"), "inner");
    Bundle& b = bundle().user_namespace();
    b.mount(entry("bind", temp("tree/file"), "/mnt/file", {"bind", "ro"}));
    b.mount(entry("bind", temp("tree"), "/mnt/tree", {"rbind", "ro", "noexec"}));
    b.mount(entry("bind", temp("flat"), "/mnt/flat", {"bind", "nosuid", "nodev"}));
    const bool recursive = !is_old_runc();
    if (recursive) b.mount(entry("bind", temp("tree"), "/mnt/rro", {"rbind", "rro"}));
    const auto facts = probe(b, {"cat", "/mnt/file", "cat", "/mnt/tree/sub/file", "touch", "/mnt/file",
                                 "touch", "/mnt/tree/x", "touch", "/mnt/rro/sub/x", "mounts"});
    CHECK(facts["cat /mnt/file"] == "outer");
    CHECK(facts["cat /mnt/tree/sub/file"] == "inner");
    CHECK(facts["touch /mnt/tree/x"]["errno"] == "EROFS");
    CHECK(has_option(mount_at(facts["mounts"], "/mnt/tree"), "noexec"));
    CHECK(has_option(mount_at(facts["mounts"], "/mnt/flat"), "nodev"));
    if (recursive) CHECK(facts["touch /mnt/rro/sub/x"]["errno"] == "EROFS");
    umount(temp("tree/sub").c_str());
}

RUNTIME_TEST("userns: a bind that would uncover what lies below the source's mounts says what to do",
             "[mounts][userns][bind][errors][root]") {
    fs::create_directories(temp("tree/sub"));
    REQUIRE(mount("inner", temp("tree/sub").c_str(), "tmpfs", 0, nullptr) == 0);
    Bundle& b = bundle().user_namespace().idle();
    b.mount(entry("bind", temp("tree"), "/mnt/flat", {"bind"}));
    CHECK_FAILS(try_create(b), 1, is_runcxx() ? "use rbind" : "invalid argument");
    umount(temp("tree/sub").c_str());
}

RUNTIME_TEST(
    "userns: no flag of the source is lost by a bind, whatever the options; clearing one is refused by name",
    "[mounts][userns][bind][root]") {
    if (is_old_runc()) return;  // 1.1 fails with EPERM instead of keeping them
    struct {
        const char* name;
        unsigned long flag;
        const char* opposite;
    } const locked[] = {{"ro", MS_RDONLY, "rw"},
                        {"nosuid", MS_NOSUID, "suid"},
                        {"nodev", MS_NODEV, "dev"},
                        {"noexec", MS_NOEXEC, "exec"}};
    const std::vector<std::vector<std::string>> asked = {{"bind"},           {"rbind"},
                                                         {"bind", "ro"},     {"rbind", "rro"},
                                                         {"bind", "nosuid"}, {"bind", "nodev", "noexec"},
                                                         {"bind", "private"}};
    for (const bool in_user_namespace : {true, false}) {
        Bundle& b = bundle();
        if (in_user_namespace) b.user_namespace();
        std::vector<std::string> verbs;
        for (const auto& row : locked) {
            const auto source = temp(row.name + std::to_string(in_user_namespace));
            fs::create_directory(source);
            REQUIRE(mount("locked", source.c_str(), "tmpfs", 0, nullptr) == 0);
            // Of this mount only, not of the file system.
            REQUIRE(mount(nullptr, source.c_str(), nullptr, MS_REMOUNT | MS_BIND | row.flag, nullptr) == 0);
            for (std::size_t i = 0; i < asked.size(); ++i) {
                const auto target = std::string("/mnt/") + row.name + std::to_string(i);
                b.mount(entry("bind", source, target, asked[i]));
                verbs.insert(verbs.end(), {"mount-attrs", target});
            }
        }
        const auto facts = probe(b, verbs);
        for (const auto& row : locked) {
            for (std::size_t i = 0; i < asked.size(); ++i) {
                const auto verb = std::string("mount-attrs /mnt/") + row.name + std::to_string(i);
                INFO(verb << " in a user namespace: " << in_user_namespace);
                // The host's root may set exactly what is asked; with no flag asked, all stay.
                const bool sets_flags =
                    asked[i].size() > 1 && asked[i][1] != "private" && asked[i][1] != "rro";
                const bool asks_for_it =
                    std::find(asked[i].begin(), asked[i].end(), row.name) != asked[i].end();
                CHECK(facts[verb][row.name] == (in_user_namespace || !sets_flags || asks_for_it));
            }
        }
        for (const auto& row : locked) {
            const auto source = temp(row.name + std::to_string(in_user_namespace));
            Bundle& cleared = bundle().idle();
            if (in_user_namespace) cleared.user_namespace();
            cleared.mount(entry("bind", source, "/mnt/x", {"bind", row.opposite}));
            if (in_user_namespace)
                CHECK_FAILS(try_create(cleared), 1, "cannot clear locked flags MS_");
            else
                remove(create(cleared));
            umount(source.c_str());
        }
    }
}

RUNTIME_TEST("userns: overlay is mounted by the container's root", "[mounts][userns][overlay]") {
    REQUIRES("overlay");
    if (is_old_runc()) return;
    Bundle& b = bundle();
    b.file("lower/file", "lower");
    b.directory("ovl");
    b.in_user_namespace();
    // Host paths: the mount is made before pivot_root, as with every runtime.
    const auto inside = b.rootfs().string();
    b.mount(entry("tmpfs", "tmpfs", "/ovl", {"mode=0755"}));
    b.mount(entry("overlay", "overlay", "/mnt/merged", {"lowerdir=" + inside + "/lower:" + inside + "/etc"}));
    const auto facts = probe(b, {"cat", "/mnt/merged/file", "stat", "/mnt/merged/passwd", "mounts"});
    CHECK(facts["cat /mnt/merged/file"] == "lower");
    CHECK(facts["stat /mnt/merged/passwd"]["errno"] == "");
    CHECK(mount_at(facts["mounts"], "/mnt/merged")["type"] == "overlay");
}

RUNTIME_TEST("userns: what only the host's root may mount is refused, and the type is named",
             "[mounts][userns][errors]") {
    Bundle& b = bundle().in_user_namespace().idle();
    b.mount(entry("ext4", "/dev/vda", "/mnt/x", {}));
    CHECK_FAILS(try_create(b), 1, "error mounting \"/dev/vda\"");
    CHECK(status(last_id()).empty());
}
