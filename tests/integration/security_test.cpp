// SPDX-License-Identifier: Apache-2.0
// Attacks on the runtime, one test per class: hostile working directories, overwriting the runtime, symlinks in the
// image at every place the runtime touches. Hostile bundles must fail or be confined; the host must not change.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

// A directory of the host that an attack would write to; `intact` says whether it still is as it was.
struct Victim {
    explicit Victim(fs::path dir) : path(std::move(dir)) {
        fs::create_directories(path / "sub");
        write_file(path / "file", "untouched");
    }

    bool intact() const {
        std::set<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(path))
            names.insert(entry.path().lexically_relative(path));
        return names == std::set<std::string>{"file", "sub"} && read_file(path / "file") == "untouched";
    }

    fs::path path;
};

json bind_of(const fs::path& source, const std::string& destination) {
    return {
        {"destination", destination}, {"type", "bind"}, {"source", source.string()}, {"options", {"rbind"}}};
}

}  // namespace

RUNTIME_TEST("security: a cwd through /proc/self/fd never is a directory of the host (CVE-2024-21626)",
             "[security][cwd]") {
    Fd host_root(open("/", O_RDONLY | O_DIRECTORY));
    Options options;
    for (int number = 3; number < 20; ++number)
        options.fds.emplace_back(host_root.get(), number);
    Bundle& b =
        bundle().sh("cat ../../../etc/hostname ../../../../../../etc/hostname etc/hostname; ls -a; pwd");
    for (int number = 3; number <= 20; ++number) {
        INFO(number);
        b.spec["process"]["cwd"] = "/proc/self/fd/" + std::to_string(number);
        Result result = run(b, {}, options);
        INFO(describe(result));
        // Either refused, or some directory of the container.
        if (result.exit_code == 0 || !result.out.empty()) {
            std::string hostname = try_read_file("/etc/hostname").value_or("");
            CHECK((hostname.empty() || result.out.find(hostname) == std::string::npos));
            CHECK(result.out.find("boot") == std::string::npos);
        }
        CHECK(status(last_id()).empty());
    }
}

RUNTIME_TEST("security: a cwd that is a symlink to /proc/self/fd is no way out either (CVE-2024-21626)",
             "[security][cwd]") {
    Bundle& b = bundle();
    for (int number = 3; number <= 12; ++number) {
        b.symlink("/proc/self/fd/" + std::to_string(number), "way-out");
        b.spec["process"]["cwd"] = "/way-out";
        Result result = run(b.sh("ls -a / .; pwd"));
        INFO(describe(result));
        CHECK(result.out.find("boot") == std::string::npos);
    }
}

RUNTIME_TEST("security: the runtime's binary cannot be overwritten from inside (CVE-2019-5736)",
             "[security][exe][root]") {
    std::string before = read_file(runtime_identity().path);
    // The program of the container is the runtime's own binary by way of /proc/self/exe.
    Bundle& b = bundle().privileged().writable();
    b.args({"/proc/self/exe", "--version"});
    Result result = run(b);
    INFO(describe(result));
    CHECK(read_file(runtime_identity().path) == before);

    // A second process looks at the waiting init of a created container that shares its pid namespace.
    std::string c = create(bundle().idle());
    Bundle& attacker = bundle().privileged();
    attacker.add_namespace("pid", "/proc/" + std::to_string(init_pid(c)) + "/ns/pid");
    json facts = probe(attacker, {"overwrite", "/proc/1/exe", "overwrite", "/proc/self/exe"});
    CHECK_FALSE(facts["overwrite /proc/1/exe"]["reopen"] == "");
    CHECK_FALSE(facts["overwrite /proc/1/exe"]["write"] == "");
    CHECK(read_file(runtime_identity().path) == before);
}

RUNTIME_TEST(
    "security: a handle of init's executable cannot be opened for writing even when init is gone "
    "(CVE-2019-5736)",
    "[security][exe]") {
    std::string c = create(bundle().idle());
    // The exploit: keep an O_PATH handle while the text is busy, write when it no longer is.
    Fd handle(open(("/proc/" + std::to_string(init_pid(c)) + "/exe").c_str(), O_PATH | O_CLOEXEC));
    REQUIRE(bool(handle));
    REQUIRE_OK(call({"delete", "--force", c}));
    wait_exit(c);
    Fd writable(open(("/proc/self/fd/" + std::to_string(handle.get())).c_str(), O_WRONLY | O_CLOEXEC));
    // A copy that nobody else runs is as good as one that cannot be written.
    if (writable) {
        struct stat inside {
        }, outside{};
        fstat(writable.get(), &inside);
        REQUIRE(stat(runtime_identity().path.c_str(), &outside) == 0);
        CHECK_FALSE((inside.st_dev == outside.st_dev && inside.st_ino == outside.st_ino));
    }
}

RUNTIME_TEST(
    "security: a hostile image that is its own interpreter gets no handle of the runtime (CVE-2019-5736)",
    "[security][exe]") {
    std::string before = read_file(runtime_identity().path);
    Bundle& b = bundle().privileged().writable();
    b.file("evil", "#!/proc/self/exe\n", 0755);
    Result result = run(b.args({"/evil"}));
    INFO(describe(result));
    CHECK(result.exit_code != 0);
    CHECK_FALSE(result.timed_out);
    CHECK(read_file(runtime_identity().path) == before);
}

RUNTIME_TEST("security: /dev as a symlink makes nothing outside the root", "[security][symlinks]") {
    if (is_old_runc()) return;  // it does (CVE-2026-41579)
    Victim victim(temp("victim"));
    Bundle& b = bundle().args({"true"});
    b.symlink(victim.path, "dev");
    run(b);
    CHECK(victim.intact());
    // The same with ../ and without the tmpfs on /dev, so that nodes and links are made by name.
    Bundle& bare = bundle().args({"true"}).writable();
    bare.symlink("../../../../../../../../.." + victim.path.string(), "dev");
    bare.spec["mounts"] = json::array({{{"destination", "/proc"}, {"type", "proc"}, {"source", "proc"}}});
    bare.spec["linux"].erase("maskedPaths");
    bare.spec["linux"].erase("readonlyPaths");
    run(bare);
    CHECK(victim.intact());
}

RUNTIME_TEST("security: symlinks on the way to a mount target stay in the root", "[security][symlinks]") {
    Victim victim(temp("victim"));
    fs::create_directory(temp("source"));
    write_file(temp("source-file"), "x");
    for (const std::string& link :
         {victim.path.string(), "../../../../../../../../.." + victim.path.string()}) {
        Bundle& b = bundle().args({"true"});
        b.symlink(link, "data");
        b.symlink(link + "/file", "data-file");
        b.symlink(link + "/dangling", "dangling");
        b.mount(bind_of(temp("source"), "/data/sub/deep"))
            .mount(bind_of(temp("source-file"), "/data-file"))
            .mount(bind_of(temp("source-file"), "/data/new-file"))
            .mount(bind_of(temp("source"), "/dangling"))
            .mount({{"destination", "/data/tmpfs"},
                    {"type", "tmpfs"},
                    {"source", "x"},
                    {"options", {"tmpcopyup"}}});
        Result result = run(b);
        INFO(describe(result));
        CHECK(victim.intact());
    }
}

RUNTIME_TEST("security: .. in a mount's destination does not leave the root", "[security][symlinks]") {
    Victim victim(temp("victim"));
    fs::create_directory(temp("source"));
    Bundle& b = bundle().args({"true"}).mount(
        bind_of(temp("source"), "/../../../../../../../.." + victim.path.string() + "/sub/x"));
    run(b);
    CHECK(victim.intact());
}

RUNTIME_TEST("security: configured devices are made inside the root whatever the image's links say",
             "[security][symlinks][devices][root]") {
    Victim victim(temp("victim"));
    Bundle& b = bundle().args({"true"}).writable();
    b.symlink(victim.path, "devices");
    b.symlink(victim.path / "file", "node");
    b.spec["linux"]["devices"] =
        json::array({{{"path", "/devices/null2"}, {"type", "c"}, {"major", 1}, {"minor", 3}},
                     {{"path", "/devices/sub/deep/null3"}, {"type", "c"}, {"major", 1}, {"minor", 3}},
                     {{"path", "/node"}, {"type", "c"}, {"major", 1}, {"minor", 3}, {"uid", 1234}}});
    Result result = run(b);
    INFO(describe(result));
    CHECK(victim.intact());
    struct stat facts {};
    REQUIRE(stat((victim.path / "file").c_str(), &facts) == 0);
    CHECK(facts.st_uid == 0);
}

RUNTIME_TEST("security: masked and read-only paths that are symlinks of the image reach nothing of the host",
             "[security][symlinks][masked]") {
    Victim victim(temp("victim"));
    Bundle& b = bundle().sh("cat /mnt/secret/file; echo; cat /masked/file");
    b.symlink(victim.path, "masked");
    b.symlink(victim.path, "readonly");
    b.spec["linux"]["maskedPaths"].push_back("/masked");
    b.spec["linux"]["readonlyPaths"].push_back("/readonly");
    run(b);
    CHECK(victim.intact());
    write_file(victim.path / "file", "untouched");  // still writable on the host
}

RUNTIME_TEST(
    "security: a /dev/null of the image that is something else is never used as a mask (CVE-2025-31133)",
    "[security][masked]") {
    Victim victim(temp("victim"));
    Bundle& b = bundle().probe({"cat", "/secret", "write", "/secret"}).writable();
    b.file("secret", "secret");
    b.spec["linux"]["maskedPaths"] = {"/secret"};
    // Everything of the image's own /dev is kept: no tmpfs over it.
    json mounts = json::array();
    for (const auto& entry : b.spec["mounts"])
        if (entry["destination"].get<std::string>().rfind("/dev", 0) != 0) mounts.push_back(entry);
    b.spec["mounts"] = mounts;
    b.symlink(victim.path / "file", "dev/null");
    Result result = run(b);
    INFO(describe(result));
    if (result.exit_code == 0) {
        json facts = json::parse(result.out);
        CHECK(facts["cat /secret"] != "secret");
        CHECK(facts["cat /secret"] != "untouched");
    }
    CHECK(victim.intact());
}

RUNTIME_TEST("security: a /dev/console of the image that is a symlink is not followed (CVE-2025-52565)",
             "[security][terminal]") {
    Victim victim(temp("victim"));
    Bundle& b = bundle().args({"true"}).writable();
    json mounts = json::array();
    for (const auto& entry : b.spec["mounts"])
        if (entry["destination"] != "/dev") mounts.push_back(entry);
    b.spec["mounts"] = mounts;
    b.symlink(victim.path / "file", "dev/console");
    b.symlink(victim.path / "made", "dev/ptmx");
    b.spec["process"]["terminal"] = true;
    Options options;
    options.in_child = [] { setsid(); };
    run(b, {}, options);  // fails for want of a terminal or of a console; it must not touch the victim
    CHECK(victim.intact());
}

RUNTIME_TEST(
    "security: a fake /proc in the image does not receive sysctls or labels (CVE-2019-16884, CVE-2025-52881)",
    "[security][proc]") {
    Bundle& b = bundle().probe({"sysctl", "net.ipv4.ip_forward"});
    b.file("proc/sys/net/ipv4/ip_forward", "fake");
    b.file("proc/self/attr/exec", "fake");
    b.spec["linux"]["sysctl"] = {{"net.ipv4.ip_forward", "1"}};
    Result result = run(b);
    REQUIRE_OK(result);
    CHECK(json::parse(result.out)["sysctl net.ipv4.ip_forward"] == "1");
    CHECK(read_file(b.rootfs() / "proc/sys/net/ipv4/ip_forward") == "fake");
}

RUNTIME_TEST("security: a tmpfs or bind in place of /proc is refused", "[security][proc]") {
    fs::create_directories(temp("fake/self/attr"));
    CHECK(try_create(bundle().idle().mount(bind_of(temp("fake"), "/proc"))).exit_code == 1);
    CHECK(try_create(bundle().idle().mount(bind_of(temp("fake"), "/proc/self"))).exit_code == 1);
    CHECK(try_create(bundle().idle().mount(bind_of(temp("fake"), "/proc/self/attr"))).exit_code == 1);
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("security: the container's init cannot be traced or read by a process of another user inside",
             "[security][root]") {
    std::string c = create(bundle().idle());
    Bundle& other = bundle();
    other.add_namespace("pid", "/proc/" + std::to_string(init_pid(c)) + "/ns/pid");
    other.spec["process"]["user"] = {{"uid", 1000}, {"gid", 1000}};
    json facts = probe(other, {"list", "/proc/1/fd", "cat", "/proc/1/environ", "stat", "/proc/1/exe"});
    CHECK(facts["list /proc/1/fd"] == json::array());
    CHECK(facts["cat /proc/1/environ"].is_null());
}

RUNTIME_TEST("security: the waiting init has no environment of the caller", "[security]") {
    Options options;
    options.env = {"SECRET_OF_THE_CALLER=1"};
    std::string c = create(bundle().idle(), {}, options);
    std::string environ_text = read_file("/proc/" + std::to_string(init_pid(c)) + "/environ");
    CHECK(environ_text.find("SECRET_OF_THE_CALLER") == std::string::npos);
}

RUNTIME_TEST("security: an id cannot lead out of the state directory", "[security][errors]") {
    Bundle& b = bundle().idle();
    b.save();
    for (const char* bad : {"../escape", "a/../../escape", "/tmp/escape"}) {
        CHECK(call({"create", "--bundle", b.dir(), bad}).exit_code == 1);
        CHECK(call({"delete", "--force", bad}).exit_code <= 1);
        CHECK(call({"state", bad}).exit_code == 1);
    }
    CHECK_FALSE(fs::exists(temp("escape")));
}

RUNTIME_TEST("security: delete --force with .. in the id removes nothing", "[security]") {
    Victim victim(temp("victim"));
    call({"delete", "--force", "../victim"});
    CHECK(victim.intact());
}
