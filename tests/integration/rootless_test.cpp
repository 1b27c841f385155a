// SPDX-License-Identifier: Apache-2.0
// The runtime as an unprivileged user: one-id maps, newuidmap, and what is forgiven where nothing is delegated.
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

constexpr uid_t kUser = 65534;  // nobody: in every passwd(5), with nothing delegated to it

void become_user() {
    if (setgroups(0, nullptr) != 0 || setgid(kUser) != 0 || setuid(kUser) != 0) _exit(99);
}

Options as_user() {
    Options options;
    options.in_child = become_user;
    return options;
}

// The user with ids set aside for him in /etc/subuid and /etc/subgid, which only he and his children see.
Options as_user_with_ids(const std::string& subordinate_ids) {
    Options options;
    options.in_child = [subordinate_ids] {
        if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
            _exit(98);
        for (const char* file : {"/etc/subuid", "/etc/subgid"})
            if (mount(subordinate_ids.c_str(), file, nullptr, MS_BIND, nullptr) != 0) _exit(98);
        become_user();
    };
    return options;
}

class Rootless : public Sandbox {
public:
    // What `spec --rootless` makes of a specification (runtime-spec leaves it to us, runc does the same).
    Bundle& rootless_bundle() {
        Bundle& b = bundle();
        json& linux_part = b.spec["linux"];
        linux_part.erase("resources");
        json kept = json::array({{{"type", "user"}}});
        for (const auto& entry : linux_part["namespaces"])
            if (entry["type"] != "network" && entry["type"] != "user") kept.push_back(entry);
        linux_part["namespaces"] = kept;
        linux_part["uidMappings"] = json::array({{{"containerID", 0}, {"hostID", kUser}, {"size", 1}}});
        linux_part["gidMappings"] = json::array({{{"containerID", 0}, {"hostID", kUser}, {"size", 1}}});
        json mounts = json::array();
        for (auto mount : b.spec["mounts"]) {
            if (mount["destination"] == "/sys")
                mount = {{"destination", "/sys"},
                         {"type", "none"},
                         {"source", "/sys"},
                         {"options", {"rbind", "nosuid", "noexec", "nodev", "ro"}}};
            json options = json::array();
            if (mount.contains("options"))
                for (const auto& option : mount["options"]) {
                    const auto text = option.get<std::string>();
                    if (text.rfind("gid=", 0) != 0 && text.rfind("uid=", 0) != 0) options.push_back(option);
                }
            mount["options"] = options;
            mounts.push_back(mount);
        }
        b.spec["mounts"] = mounts;
        return b;
    }

    // nobody's ids 300000..300999.
    Options with_ids() {
        write_file(temp("subids"), "nobody:300000:1000\n");
        return as_user_with_ids(temp("subids"));
    }

    Result run_as_user(Bundle& b, const std::vector<std::string>& flags = {},
                       const Options& options = as_user()) {
        const auto name = prepare(b);
        std::vector<std::string> arguments{"run", "--bundle", b.dir().string()};
        arguments.insert(arguments.end(), flags.begin(), flags.end());
        arguments.push_back(name);
        return try_call_as_user(arguments, options);
    }

    Result try_call_as_user(const std::vector<std::string>& arguments, const Options& options = as_user()) {
        std::vector<std::string> argv{runtime_path(), "--root", temp("user-state").string()};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        return execute(argv, options);
    }

    // Writes the bundle and the directories that are the user's; returns a fresh id.
    std::string prepare(Bundle& b) {
        b.save();
        fs::create_directories(temp("user-state"));
        for (const auto& path : {temp("user-state"), fs::path(b.rootfs())})
            REQUIRE(chown(path.c_str(), kUser, kUser) == 0);
        return id();
    }

    // A call that must succeed; returns its output.
    std::string call_as_user(std::vector<std::string> arguments, Options options = as_user()) {
        arguments.insert(arguments.begin(), {runtime_path(), "--root", temp("user-state").string()});
        // Into a file: the container may hold it open.
        Fd out{open(temp("output").c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)};
        options.stdout_fd = options.stderr_fd = out.get();
        const auto before = read_file(temp("output")).size();
        const auto result = execute(arguments, options);
        const auto text = read_file(temp("output")).substr(before);
        INFO(text);
        CHECK(result.exit_code == 0);
        return text;
    }

    // A copy that the user may read: checkouts below /root are not his to enter.
    std::string runtime_path() {
        const auto copy = temp("runtime-under-test");
        if (!fs::exists(copy)) {
            const auto found = execute({"sh", "-c", "command -v " + runtime_identity().path});
            REQUIRE(found.exit_code == 0);
            fs::copy_file(fs::path(found.out.substr(0, found.out.find('\n'))), copy);
            fs::permissions(temp(""), fs::perms(0755));
            fs::permissions(copy, fs::perms(0755));
        }
        return copy.string();
    }
};

}  // namespace

TEST_CASE_METHOD(Rootless, "rootless: a container runs with the user's one id as its root", "[rootless]") {
    const auto result =
        run_as_user(rootless_bundle().sh("id -u; cat /proc/self/uid_map; cat /proc/self/setgroups"));
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, HasText("0\n"));
    CHECK_THAT(result.out, HasText("65534          1"));
    CHECK_THAT(result.out, HasText("deny"));
    CHECK(fs::is_empty(temp("user-state")));
}

TEST_CASE_METHOD(Rootless, "rootless: without a user namespace it is refused", "[rootless][errors]") {
    Bundle& b = rootless_bundle().sh("true");
    json kept = json::array();
    for (const auto& entry : b.spec["linux"]["namespaces"])
        if (entry["type"] != "user") kept.push_back(entry);
    b.spec["linux"]["namespaces"] = kept;
    CHECK_FAILS(run_as_user(b), 1, "rootless container requires user namespaces");
}

TEST_CASE_METHOD(Rootless, "rootless: a limit that nobody delegated is an error, and nothing is left",
                 "[rootless][cgroups][errors]") {
    Bundle& b = rootless_bundle().sh("true");
    b.spec["linux"]["resources"] = {{"pids", {{"limit", 10}}}};
    const auto result = run_as_user(b);
    INFO(describe(result));
    CHECK(result.exit_code == 1);
    CHECK_THAT(plain_errors(result), HasText("cgroup"));
    CHECK(fs::is_empty(temp("user-state")));
}

TEST_CASE_METHOD(Rootless, "rootless: exec enters the container and stays the user outside",
                 "[rootless][exec]") {
    Options options = as_user();
    const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    options.stdout_fd = options.stderr_fd = null.get();
    fs::create_directory(temp("user-files"));
    REQUIRE(chown(temp("user-files").c_str(), kUser, kUser) == 0);
    const auto pid_file = temp("user-files") / "pid";
    REQUIRE_OK(run_as_user(rootless_bundle().idle(), {"--detach", "--pid-file", pid_file.string()}, options));
    const auto init = "/proc/" + read_file(pid_file);
    const auto result =
        try_call_as_user({"exec", last_id(), "sh", "-c",
                          "id -u; hostname; for n in user mnt pid; do readlink /proc/self/ns/$n; "
                          "done; cat; echo > /proc/self/fd/1"});
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    CHECK(result.out == "0\nrunc\n" + link_target(init + "/ns/user") + "\n" + link_target(init + "/ns/mnt") +
                            "\n" + link_target(init + "/ns/pid") + "\n\n");
    CHECK(try_call_as_user({"exec", last_id(), "sh", "-c", "exit 7"}).exit_code == 7);
    CHECK_FAILS(try_call_as_user({"exec", "-g", "5", last_id(), "true"}), 255,
                "cannot set any additional groups in a rootless container");
    expect_orphans();
    CHECK(try_call_as_user({"delete", "--force", last_id()}).exit_code == 0);
}

TEST_CASE_METHOD(Rootless, "rootless: supplementary groups cannot be given", "[rootless][errors]") {
    Bundle& b = rootless_bundle().sh("true");
    b.spec["process"]["user"]["additionalGids"] = {7};
    CHECK_FAILS(run_as_user(b), 1, "cannot set any additional groups in a rootless container");
}

TEST_CASE_METHOD(Rootless, "rootless: the ids set aside for the user are mapped by newuidmap", "[rootless]") {
    REQUIRES("newuidmap");
    Bundle& b =
        rootless_bundle().sh("cat /proc/self/uid_map /proc/self/gid_map; cat /proc/self/setgroups; id -u");
    for (const char* kind : {"uidMappings", "gidMappings"})
        b.spec["linux"][kind].push_back({{"containerID", 1}, {"hostID", 300000}, {"size", 1000}});
    b.spec["process"]["user"] = {{"uid", 7}, {"gid", 8}};
    const auto result = run_as_user(b, {}, with_ids());
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    const std::string map = "         0      65534          1\n         1     300000       1000\n";
    CHECK(result.out == map + map + "allow\n7\n");
}

TEST_CASE_METHOD(Rootless, "rootless: an id that is not the user's is refused by newuidmap",
                 "[rootless][errors]") {
    REQUIRES("newuidmap");
    expect_orphans();  // a stage whose pid was not yet told
    Bundle& b = rootless_bundle().sh("true");
    b.spec["linux"]["uidMappings"].push_back({{"containerID", 1}, {"hostID", 400000}, {"size", 1}});
    CHECK_FAILS(run_as_user(b, {}, with_ids()), 1, "newuidmap");
}

TEST_CASE_METHOD(Rootless, "rootless: mappings that nobody gave are the user's own id and those set aside",
                 "[rootless][extensions]") {
    REQUIRES("newuidmap");
    REQUIRES("crun-extensions");
    Bundle& b =
        rootless_bundle().sh("cat /proc/self/uid_map; cat /proc/self/gid_map; cat /proc/self/setgroups");
    b.spec["linux"].erase("uidMappings");
    b.spec["linux"].erase("gidMappings");
    SECTION("with ids set aside") {
        const auto result = run_as_user(b, {}, with_ids());
        INFO(describe(result));
        const std::string map = "         0      65534          1\n         1     300000       1000\n";
        CHECK(result.out == map + map + "allow\n");
    }
    SECTION("without any") {
        const auto result = run_as_user(b);
        INFO(describe(result));
        const std::string map = "         0      65534          1\n";
        CHECK(result.out == map + map + "deny\n");
    }
}

TEST_CASE_METHOD(Rootless, "rootless: with one id setgroups is denied, and the user's groups stay",
                 "[rootless][ids]") {
    Options options;
    options.in_child = [] {
        const gid_t groups[] = {4, 24};
        if (setgroups(2, groups) != 0 || setgid(kUser) != 0 || setuid(kUser) != 0) _exit(99);
    };
    const auto result = run_as_user(rootless_bundle().sh("cat /proc/self/status"), {}, options);
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    // Groups that are not mapped show as the overflow id.
    CHECK_THAT(result.out, HasText("Groups:\t65534 65534"));
}

TEST_CASE_METHOD(Rootless, "rootless: device rules that cannot be enforced are one warning",
                 "[rootless][cgroups]") {
    REQUIRES("cgroup-v1");
    if (!is_runcxx()) return;
    Bundle& b = rootless_bundle().args({"true"});
    b.spec["linux"]["resources"] = {{"devices", json::array({{{"allow", false}, {"access", "rwm"}}})}};
    const auto result = run_as_user(b);
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    const auto warnings = plain_errors(result);
    CHECK_THAT(warnings, HasText("device rules are not enforced"));
    CHECK(warnings.find("level=warning") == warnings.rfind("level=warning"));
}

TEST_CASE_METHOD(Rootless,
                 "rootless: cgroups are passed over without a path and without limits, not with a path",
                 "[rootless][cgroups]") {
    Bundle& b = rootless_bundle().sh("cat /proc/self/cgroup");
    const auto passed_over = run_as_user(b);
    INFO(describe(passed_over));
    CHECK(passed_over.exit_code == 0);
    CHECK(passed_over.err.empty());
    b.spec["linux"]["cgroupsPath"] = "/rxt-not-his";
    CHECK_FAILS(run_as_user(b), 1, "permission denied");
}

TEST_CASE_METHOD(Rootless, "rootless: create, state, start, kill and delete", "[rootless][lifecycle]") {
    expect_orphans();  // its init
    Bundle& b = rootless_bundle().sh("sleep 100");
    const auto name = prepare(b);
    call_as_user({"create", "--bundle", b.dir().string(), name});
    CHECK(json::parse(call_as_user({"state", name}))["status"] == "created");
    call_as_user({"start", name});
    CHECK(json::parse(call_as_user({"state", name}))["status"] == "running");
    call_as_user({"kill", name, "KILL"});
    call_as_user({"delete", "--force", name});
    CHECK(fs::is_empty(temp("user-state")));
    reap();
}

TEST_CASE_METHOD(Rootless, "rootless: a cgroup that was delegated is used, with its limits",
                 "[rootless][cgroups][v2]") {
    REQUIRES("cgroup-v2");
    expect_orphans();
    // As systemd does it with Delegate=yes: the unit's cgroup is the user's, his processes are in one below.
    const fs::path unit = "/sys/fs/cgroup" + own_cgroup() + "-user";
    fs::create_directories(unit / "session");
    for (const auto& path : {unit, unit / "cgroup.procs", unit / "cgroup.subtree_control", unit / "session",
                             unit / "session/cgroup.procs"})
        REQUIRE(chown(path.c_str(), kUser, kUser) == 0);
    Options options;
    options.in_child = [session = (unit / "session/cgroup.procs").string()] {
        write_file(session, "0");
        become_user();
    };
    Bundle& b = rootless_bundle().sh("sleep 100");
    b.spec["linux"]["resources"] = {
        {"hugepageLimits", json::array({{{"pageSize", "2MB"}, {"limit", 4194304}}})}};
    const auto name = prepare(b);
    call_as_user({"create", "--bundle", b.dir().string(), name}, options);
    CHECK(trimmed(read_file(unit / name / "hugetlb.2MB.max")) == "4194304");
    CHECK_FALSE(trimmed(read_file(unit / name / "cgroup.procs")).empty());
    call_as_user({"delete", "--force", name}, options);
    CHECK_FALSE(fs::exists(unit / name));
    reap();
    fs::remove(unit / "session");
    fs::remove(unit);
}
