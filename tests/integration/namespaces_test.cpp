// SPDX-License-Identifier: Apache-2.0
// Namespaces: new ones, ones joined by path, user namespaces with mappings, time offsets.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

std::string own_namespace(const char* name) {
    return link_target(std::string("/proc/self/ns/") + name);
}

std::string namespace_of(pid_t pid, const char* name) {
    return link_target("/proc/" + std::to_string(pid) + "/ns/" + name);
}

}  // namespace

RUNTIME_TEST("namespaces: those listed are new, the others are the host's", "[namespaces][root]") {
    json ns = probe(bundle(), {"namespaces"})["namespaces"];
    for (const char* name : {"pid", "net", "mnt", "ipc", "uts"}) {
        INFO(name);
        CHECK(ns[name] != own_namespace(name));
    }
    for (const char* name : {"user", "cgroup", "time"}) {
        INFO(name);
        CHECK(ns[name] == own_namespace(name));
    }
}

RUNTIME_TEST("namespaces: each may be left out", "[namespaces][root]") {
    const std::pair<const char*, const char*> names[] = {
        {"pid", "pid"}, {"network", "net"}, {"ipc", "ipc"}, {"uts", "uts"}};
    for (const auto& [type, link] : names) {
        INFO(type);
        Bundle& b = bundle().drop_namespace(type);
        if (std::string(type) == "uts") b.spec.erase("hostname");
        CHECK(probe(b, {"namespaces"})["namespaces"][link] == own_namespace(link));
    }
}

RUNTIME_TEST("namespaces: a cgroup namespace hides the path of the container's cgroup",
             "[namespaces][cgroups]") {
    Bundle& b = bundle().add_namespace("cgroup");
    json facts = probe(b, {"namespaces", "cgroup", "mounts"});
    CHECK(facts["namespaces"]["cgroup"] != own_namespace("cgroup"));
    for (const auto& line : facts["cgroup"]) {
        INFO(line);
        CHECK(line.get<std::string>().ends_with(":/"));
    }
}

RUNTIME_TEST("namespaces: a network namespace pinned by name is joined, as containerd's sandboxes are",
             "[namespaces][network][root]") {
    std::string name = "cni-" + own_name();
    REQUIRE_OK(execute({"ip", "netns", "add", name}));
    std::string path = "/run/netns/" + name;
    struct stat facts {};
    REQUIRE(stat(path.c_str(), &facts) == 0);
    json ns = probe(bundle().add_namespace("network", path), {"namespaces", "net"});
    CHECK(ns["namespaces"]["net"] == "net:[" + std::to_string(facts.st_ino) + "]");
    // A joined namespace is left as it is: its loopback is the owner's business.
    CHECK(ns["net"]["lo_up"] == false);
    REQUIRE_OK(execute({"ip", "netns", "delete", name}));
}

RUNTIME_TEST("namespaces: an app joins the sandbox's network, ipc and uts by /proc paths",
             "[namespaces][root]") {
    Bundle& sandbox = bundle().idle();
    sandbox.spec["hostname"] = "the-pod";
    std::string pause = run_detached(sandbox);
    std::string proc = "/proc/" + std::to_string(init_pid(pause)) + "/ns/";
    Bundle& app = bundle();
    app.spec.erase("hostname");
    app.add_namespace("network", proc + "net")
        .add_namespace("ipc", proc + "ipc")
        .add_namespace("uts", proc + "uts");
    json facts = probe(app, {"namespaces", "hostname", "ids"});
    for (const char* shared : {"net", "ipc", "uts"})
        CHECK(facts["namespaces"][shared] == namespace_of(init_pid(pause), shared));
    for (const char* own : {"pid", "mnt"})
        CHECK(facts["namespaces"][own] != namespace_of(init_pid(pause), own));
    CHECK(facts["hostname"]["host"] == "the-pod");
    CHECK(facts["ids"]["pid"] == 1);
}

RUNTIME_TEST("namespaces: a pid namespace is joined, and its owner sees the newcomer", "[namespaces][root]") {
    std::string first = run_detached(bundle().idle());
    Bundle& b = bundle().add_namespace("pid", "/proc/" + std::to_string(init_pid(first)) + "/ns/pid");
    json facts = probe(b, {"namespaces", "ids", "cat", "/proc/1/comm"});
    CHECK(facts["namespaces"]["pid"] == namespace_of(init_pid(first), "pid"));
    CHECK(facts["ids"]["pid"] != 1);
    CHECK(facts["cat /proc/1/comm"] == "probe\n");
}

RUNTIME_TEST("namespaces: a missing or wrong path is an error that names it", "[namespaces][errors]") {
    if (is_old_runc()) expect_orphans();  // 1.1 does not reap the stage that failed to join
    CHECK_FAILS(try_create(bundle().idle().add_namespace("network", "/run/netns/no-such-ns")), 1,
                "/run/netns/no-such-ns");
    CHECK(status(last_id()).empty());
    // A mount namespace where a network namespace is expected.
    CHECK_FAILS(try_create(bundle().idle().add_namespace("network", "/proc/self/ns/uts")), 1, "net");
    CHECK(status(last_id()).empty());
    write_file(temp("a-file"), "");
    CHECK_FAILS(try_create(bundle().idle().add_namespace("ipc", temp("a-file"))), 1, "ipc");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("namespaces: unknown and duplicate types are refused as runc does", "[namespaces][errors]") {
    CHECK_FAILS(try_create(bundle().idle().add_namespace("foo")), 1,
                "namespace {\"foo\" \"\"} does not exist");
    Bundle& b = bundle().idle();
    b.spec["linux"]["namespaces"].push_back({{"type", "pid"}});
    CHECK_FAILS(try_create(b), 1, "malformed spec file: duplicated ns {\"pid\" \"\"}");
}

RUNTIME_TEST("namespaces: the caller's namespaces and working directory are not changed by joining",
             "[namespaces]") {
    std::string before = own_namespace("net") + own_namespace("mnt");
    run(bundle().sh("true"));
    CHECK(own_namespace("net") + own_namespace("mnt") == before);
}

// ---- user namespaces
// ------------------------------------------------------------------------------------------------

RUNTIME_TEST("userns: mappings are written as given and the program is root inside, unprivileged outside",
             "[namespaces][userns][root]") {
    Bundle& b = bundle().user_namespace(100000, 5000).idle();
    std::string c = run_detached(b);
    REQUIRE(wait_until([&] { return output(c) == "ready\n"; }));
    std::string dir = "/proc/" + std::to_string(init_pid(c));
    CHECK_THAT(read_file(dir + "/status"), HasText("Uid:\t100000\t100000\t100000\t100000"));
    CHECK_THAT(read_file(dir + "/status"), HasText("Gid:\t100000\t100000\t100000\t100000"));
    json ids = probe(bundle().user_namespace(100000, 5000), {"ids", "namespaces"});
    CHECK(ids["ids"]["uid"] == 0);
    CHECK(ids["ids"]["gid"] == 0);
    CHECK(ids["ids"]["uid_map"] == json({"         0     100000       5000"}));
    CHECK(ids["ids"]["gid_map"] == json({"         0     100000       5000"}));
    CHECK(ids["ids"]["setgroups"] == json({"allow"}));
    CHECK(ids["namespaces"]["user"] != own_namespace("user"));
}

RUNTIME_TEST("userns: several mappings, different for users and groups", "[namespaces][userns][root]") {
    Bundle& b = bundle().user_namespace();
    b.spec["linux"]["uidMappings"] =
        json::array({{{"containerID", 0}, {"hostID", 100000}, {"size", 1000}},
                     {{"containerID", 1000}, {"hostID", 300000}, {"size", 1}},
                     {{"containerID", 1001}, {"hostID", 101001}, {"size", 64535}}});
    b.spec["process"]["user"] = {{"uid", 1000}, {"gid", 1000}, {"additionalGids", {5, 6}}};
    json ids = probe(b, {"ids"})["ids"];
    CHECK(ids["uid"] == 1000);
    CHECK(ids["uid_map"].size() == 3);
    CHECK(ids["uid_map"][1] == "      1000     300000          1");
    CHECK(ids["gid_map"].size() == 1);
    CHECK_THAT(ids["groups"].dump(), HasText("5,6"));
}

RUNTIME_TEST("userns: device nodes are the host's, bound, and owned as the host has them",
             "[namespaces][userns][devices][root]") {
    Bundle& b = bundle().user_namespace();
    json facts = probe(b, {"devices", "open", "/dev/null", "open", "/dev/urandom", "mounts"});
    CHECK(facts["devices"]["null"]["kind"] == "char");
    CHECK(facts["devices"]["null"]["major"] == 1);
    CHECK(facts["devices"]["null"]["minor"] == 3);
    CHECK(facts["open /dev/null"]["write"] == "");
    CHECK(facts["open /dev/urandom"]["read"] == "");
    CHECK_FALSE(mount_at(facts["mounts"], "/dev/null").is_null());
}

RUNTIME_TEST("userns: sysctls, hostname, rlimits, masked paths and seccomp work inside one",
             "[namespaces][userns][root]") {
    Bundle& b = bundle().user_namespace();
    b.spec["linux"]["sysctl"] = {{"net.ipv4.ip_forward", "1"}};
    json facts =
        probe(b, {"hostname", "sysctl", "net.ipv4.ip_forward", "rlimits", "open", "/proc/kcore", "caps"});
    CHECK(facts["hostname"]["host"] == "runc");
    CHECK(facts["sysctl net.ipv4.ip_forward"] == "1");
    CHECK(facts["rlimits"]["NOFILE"] == json({1024, 1024}));
    CHECK(facts["caps"]["effective"] == "0000000020000420");
}

RUNTIME_TEST("userns: bind sources that the container's root cannot reach are mounted all the same",
             "[namespaces][userns][mounts][root]") {
    fs::create_directories(temp("private/data"));
    write_file(temp("private/data/file"), "reached");
    REQUIRE(chmod(temp("private").c_str(), 0700) == 0);
    Bundle& b = bundle().user_namespace().mount({{"destination", "/mnt/data"},
                                                 {"type", "bind"},
                                                 {"source", temp("private/data").string()},
                                                 {"options", {"rbind", "ro"}}});
    CHECK(probe(b, {"cat", "/mnt/data/file"})["cat /mnt/data/file"] == "reached");
}

RUNTIME_TEST("userns: mappings without root in them are refused", "[namespaces][userns][errors]") {
    Bundle& b = bundle().idle().in_user_namespace();
    b.spec["linux"]["uidMappings"] = json::array({{{"containerID", 1}, {"hostID", 100000}, {"size", 10}}});
    CHECK(try_create(b).exit_code == 1);
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("userns: a new proc without a pid namespace is refused with what it needs", "[userns][errors]") {
    if (!is_runcxx()) return;  // a hint of ours
    Bundle& b = bundle().in_user_namespace().drop_namespace("pid").args({"true"});
    CHECK_FAILS(run(b), 1, "(a new proc in a user namespace needs a pid namespace made in it too)");
}

RUNTIME_TEST("userns: a user that is not mapped is refused", "[namespaces][userns][errors][root]") {
    Bundle& b = bundle().idle().user_namespace(100000, 100);
    b.spec["process"]["user"] = {{"uid", 500}, {"gid", 0}};
    CHECK_FAILS(try_create(b), 1,
                is_old_runc() ? "unmapped" : "cannot setuid to unmapped uid 500 in user namespace");
    CHECK(status(last_id()).empty());
    b.spec["process"]["user"] = {{"uid", 0}, {"gid", 500}};
    CHECK_FAILS(try_create(b), 1,
                is_old_runc() ? "unmapped" : "cannot setgid to unmapped gid 500 in user namespace");
}

RUNTIME_TEST("userns: mappings without a user namespace are ignored", "[namespaces][userns][root]") {
    Bundle& b = bundle();
    b.spec["linux"]["uidMappings"] = json::array({{{"containerID", 0}, {"hostID", 100000}, {"size", 10}}});
    if (is_old_runc()) return;  // 1.1 said that user namespaces are not enabled
    CHECK(probe(b, {"ids"})["ids"]["uid_map"] == json({"         0          0 4294967295"}));
}

RUNTIME_TEST("userns: one of another container is joined by path and its mappings hold",
             "[namespaces][userns][root]") {
    REQUIRES("joined-userns");
    std::string owner = run_detached(bundle().user_namespace(100000, 65536).idle());
    std::string proc = "/proc/" + std::to_string(init_pid(owner)) + "/ns/";
    Bundle& b = bundle().user_namespace(100000, 65536);
    b.spec["linux"].erase("uidMappings");
    b.spec["linux"].erase("gidMappings");
    b.add_namespace("user", proc + "user")
        .add_namespace("network", proc + "net")
        .add_namespace("ipc", proc + "ipc");
    json facts = probe(b, {"namespaces", "ids"});
    CHECK(facts["namespaces"]["user"] == namespace_of(init_pid(owner), "user"));
    CHECK(facts["namespaces"]["net"] == namespace_of(init_pid(owner), "net"));
    CHECK(facts["ids"]["uid"] == 0);
    CHECK(facts["ids"]["uid_map"] == json({"         0     100000      65536"}));
}

RUNTIME_TEST("userns: a path together with equal mappings is a warning, with different ones an error",
             "[namespaces][userns][errors][root]") {
    REQUIRES("joined-userns");
    std::string owner = run_detached(bundle().user_namespace(100000, 65536).idle());
    Bundle& b = bundle().user_namespace(100000, 65536).args({"true"});
    b.add_namespace("user", "/proc/" + std::to_string(init_pid(owner)) + "/ns/user");
    CHECK(run(b).exit_code == 0);
    b.spec["linux"]["uidMappings"][0]["size"] = 10;
    CHECK_FAILS(run(b), 1, "both namespace path and non-matching mapping specified");
}

// ---- time namespaces
// ------------------------------------------------------------------------------------------------

RUNTIME_TEST("timens: offsets are seen by the program", "[namespaces][timens]") {
    REQUIRES("timens");
    Bundle& b = bundle().add_namespace("time");
    b.spec["linux"]["timeOffsets"] = {{"monotonic", {{"secs", 7881}, {"nanosecs", 2718281}}},
                                      {"boottime", {{"secs", 1337}, {"nanosecs", 3141519}}}};
    json facts = probe(b, {"time", "namespaces"});
    CHECK(facts["namespaces"]["time"] != own_namespace("time"));
    CHECK(facts["namespaces"]["time"] == facts["namespaces"]["time_for_children"]);
    std::string offsets = facts["time"]["offsets"].dump();
    CHECK_THAT(offsets, HasText("7881") && HasText("2718281") && HasText("1337") && HasText("3141519"));
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    CHECK(std::abs(facts["time"]["monotonic"].get<long>() - now.tv_sec - 7881) < 30);
}

RUNTIME_TEST("timens: together with a user namespace", "[namespaces][timens][userns][root]") {
    REQUIRES("timens");
    Bundle& b = bundle().user_namespace().add_namespace("time");
    b.spec["linux"]["timeOffsets"] = {{"boottime", {{"secs", -1}, {"nanosecs", 0}}}};
    CHECK(run(b.args({"true"})).exit_code == 0);
}

RUNTIME_TEST("timens: offsets without the namespace, and unknown clocks, are refused",
             "[namespaces][timens][errors]") {
    REQUIRES("timens");
    Bundle& b = bundle().idle();
    b.spec["linux"]["timeOffsets"] = {{"monotonic", {{"secs", 1}}}};
    CHECK_FAILS(try_create(b), 1,
                "time namespace offsets specified, but time namespace isn't enabled in the config");
    b.add_namespace("time");
    b.spec["linux"]["timeOffsets"] = {{"realtime", {{"secs", 1}}}};
    CHECK(try_create(b).exit_code == 1);
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("timens: one is joined by path", "[namespaces][timens][root]") {
    REQUIRES("timens");
    Bundle& first = bundle().idle().add_namespace("time");
    first.spec["linux"]["timeOffsets"] = {{"monotonic", {{"secs", 99999}, {"nanosecs", 0}}}};
    std::string owner = run_detached(first);
    Bundle& b = bundle().add_namespace("time", "/proc/" + std::to_string(init_pid(owner)) + "/ns/time");
    json facts = probe(b, {"time", "namespaces"});
    CHECK(facts["namespaces"]["time"] == namespace_of(init_pid(owner), "time"));
    CHECK(facts["time"]["monotonic"] > 99999);
}

RUNTIME_TEST(
    "namespaces: a new network namespace is reached also where /proc is that of another pid namespace",
    "[namespaces][root]") {
    if (!is_runcxx()) return;  // runc finds its init by the number alone
    Bundle& b = bundle().sh("readlink /proc/self/ns/net; cat /sys/class/net/lo/flags");
    b.save();
    const auto result = execute({"unshare", "--fork", "--pid", runtime_identity().path, "--root",
                                 runtime().root().string(), "run", "--bundle", b.dir(), id()});
    REQUIRE_OK(result);
    CHECK_THAT(result.out, HasText("net:[") && HasText("\n0x9\n"));
    CHECK(result.out.find(fs::read_symlink("/proc/self/ns/net").string()) == std::string::npos);
}

RUNTIME_TEST(
    "namespaces: a new network namespace for whoever has a user namespace, but not the network he stands in",
    "[namespaces][root]") {
    Bundle& b = bundle().sh("readlink /proc/self/ns/net; cat /sys/class/net/lo/flags");
    b.spec["linux"].erase("resources");
    for (auto& mount : b.spec["mounts"])
        if (mount["destination"] == "/dev/pts")
            mount["options"] = {"nosuid", "noexec", "newinstance"};  // no gid 5
    b.save();
    // As rootless podman runs it with --network none.
    const auto result = execute({"unshare", "--user", "--map-root-user", "--mount", runtime_identity().path,
                                 "--root", runtime().root().string(), "run", "--bundle", b.dir(), id()});
    REQUIRE_OK(result);
    CHECK_THAT(result.out, HasText("net:[") && HasText("\n0x9\n"));
    CHECK(result.out.find(fs::read_symlink("/proc/self/ns/net").string()) == std::string::npos);
}
