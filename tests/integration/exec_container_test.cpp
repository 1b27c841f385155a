// SPDX-License-Identifier: Apache-2.0
// exec: the container that it enters. Namespaces, root, cgroups, filters; containers that are created, paused, stopped
// or in use.
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/exec.h"
#include "support/terminal.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

fs::path v1(const std::string& controller, const std::string& id) {
    return "/sys/fs/cgroup/" + controller + own_cgroup() + "/" + id;
}

std::string proc(pid_t pid, const std::string& file) {
    return "/proc/" + std::to_string(pid) + "/" + file;
}

// The path of a process's cgroup2 cgroup, and its directory, whatever the mode of the host.
std::string unified_path(pid_t pid) {
    const auto text = read_file(proc(pid, "cgroup"));
    const auto at = text.find("0::");
    return text.substr(at + 3, text.find('\n', at) - at - 3);
}
fs::path unified(pid_t pid) {
    const std::string hybrid = "/sys/fs/cgroup/unified";
    return (fs::exists(hybrid + "/cgroup.procs") ? hybrid : "/sys/fs/cgroup") + unified_path(pid);
}

void write_to(const fs::path& file, const std::string& text) {
    INFO(file << " <- " << text);
    Fd fd(open(file.c_str(), O_WRONLY | O_CLOEXEC));
    REQUIRE(bool(fd));
    REQUIRE(write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

// Freezes the container behind the runtime's back, until the end of the scope.
class Frozen {
public:
    Frozen(const std::string& id, pid_t init)
        : v1_(v1("freezer", id) / "freezer.state"), v2_(unified(init) / "cgroup.freeze") {
        set("FROZEN", "1");
    }
    ~Frozen() { thaw(); }
    void thaw() {
        if (!std::exchange(thawed_, true)) set("THAWED", "0");
    }

private:
    void set(const char* v1, const char* v2) {
        const bool is_v1 = fs::exists(v1_);
        const auto& file = is_v1 ? v1_ : v2_;
        write_to(file, is_v1 ? v1 : v2);
        const std::string word = is_v1 ? v1 : "frozen " + std::string(v2);
        const auto seen = is_v1 ? v1_ : v2_.parent_path() / "cgroup.events";
        CHECK(wait_until([&] { return read_file(seen).find(word) != std::string::npos; }));
    }
    fs::path v1_, v2_;
    bool thawed_ = false;
};

}  // namespace

EXEC_TEST("exec: the process is in all namespaces of the container's init, and in its root",
          "[exec][namespaces]") {
    Bundle& b = bundle().idle();
    b.add_namespace("cgroup");
    b.file("only-here", "x");
    const auto c = run_detached(b);
    json facts = exec_probe(c, {"namespaces", "hostname", "stat", "/only-here", "ids"});
    for (const char* name : {"pid", "net", "mnt", "ipc", "uts", "cgroup", "user"}) {
        INFO(name);
        CHECK(facts["namespaces"][name] == link_target(proc(init_pid(c), std::string("ns/") + name)));
    }
    CHECK(facts["hostname"]["host"] == "runc");
    CHECK(facts["stat /only-here"]["errno"] == "");
    CHECK(facts["ids"]["pid"] != 1);
    CHECK(facts["ids"]["ppid"] == 0);
    CHECK(facts["ids"]["sid"] == facts["ids"]["pid"]);
}

EXEC_TEST("exec: a time namespace is entered too", "[exec][namespaces][timens]") {
    REQUIRES("timens");
    Bundle& b = bundle().idle();
    b.add_namespace("time");
    b.spec["linux"]["timeOffsets"] = {{"boottime", {{"secs", 5000000}, {"nanosecs", 0}}}};
    const auto c = run_detached(b);
    json facts = exec_probe(c, {"time", "namespaces"});
    CHECK(facts["time"]["boottime"] > 5000000);
    CHECK(facts["namespaces"]["time"] == link_target(proc(init_pid(c), "ns/time")));
}

EXEC_TEST("exec: in a user namespace its ids are the container's", "[exec][namespaces][userns][root]") {
    Bundle& b = bundle().idle().user_namespace();
    const auto c = run_detached(b);
    json facts = exec_probe(c, {"ids", "namespaces", "caps"}, {"--user", "1000:1001", "-g", "7"});
    CHECK(facts["namespaces"]["user"] == link_target(proc(init_pid(c), "ns/user")));
    CHECK(facts["ids"]["uid"] == 1000);
    CHECK(facts["ids"]["gid"] == 1001);
    auto groups = facts["ids"]["groups"].get<std::set<int>>();
    groups.erase(1001);
    CHECK(groups == std::set<int>{7});
    // Seen from the host: mapped, and so is the owner of the streams.
    Result result = exec(c, {"sh", "-c", "stat -L -c %u /proc/self/fd/1; echo > /proc/self/fd/1"});
    REQUIRE_OK(result);
    CHECK(result.out == "0\n\n");
    const auto pid = exec_detached(c, {"sleep", "100"});
    struct stat owner {};
    REQUIRE(wait_until([&] { return stat(proc(pid, "").c_str(), &owner) == 0 && owner.st_uid == 100000; }));
    ::kill(pid, SIGKILL);
    CHECK(wait_for(pid) == 137);
    CHECK(exec(c, {"true"}, {"--user", "70000"}).exit_code == 255);  // not mapped
}

EXEC_TEST("exec: a container without a pid namespace of its own", "[exec][namespaces]") {
    Bundle& b = bundle().share_host_pids().idle();
    const auto c = run_detached(b);
    json facts = exec_probe(c, {"namespaces", "ids"});
    CHECK(facts["namespaces"]["pid"] == link_target("/proc/self/ns/pid"));
    CHECK(facts["namespaces"]["mnt"] == link_target(proc(init_pid(c), "ns/mnt")));
}

EXEC_TEST("exec: a container without a mount namespace is still entered at its root",
          "[exec][namespaces][root]") {
    if (!is_runcxx()) return;  // runc runs the command in the host's root
    Bundle& b = bundle().drop_namespace("mount").idle();
    b.spec["mounts"] = json::array();
    b.spec["linux"].erase("maskedPaths");
    b.spec["linux"].erase("readonlyPaths");
    b.spec["root"]["readonly"] = false;
    b.file("only-here", "x");
    const auto c = run_detached(b);
    json facts = exec_probe(c, {"cwd", "stat", "/only-here"});
    CHECK(facts["cwd"] == "/");
    CHECK(facts["stat /only-here"]["errno"] == "");
    // The bind of the root on itself is made in the host's mount namespace and stays there, as with runc.
    umount2(b.rootfs().c_str(), MNT_DETACH);
}

EXEC_TEST("exec: the process is in every cgroup of the container", "[exec][cgroups]") {
    const auto c = run_detached(bundle().idle());
    const auto pid = exec_detached(c, {"sleep", "100"});
    CHECK(read_file(proc(pid, "cgroup")) == read_file(proc(init_pid(c), "cgroup")));
    ::kill(pid, SIGKILL);
    CHECK(wait_for(pid) == 137);
}

EXEC_TEST("exec --cgroup: existing cgroups below the container's, by controller on v1", "[exec][cgroups]") {
    REQUIRES("cgroup-v1");
    const auto c = run_detached(bundle().idle());
    for (const char* controller : {"memory", "pids", "cpu"})
        REQUIRE(mkdir((v1(controller, c) / "sub").c_str(), 0755) == 0);
    const auto cgroups_of = [&](const std::vector<std::string>& flags) {
        const auto pid = exec_detached(c, {"sleep", "100"}, flags);
        const auto text = read_file(proc(pid, "cgroup"));
        ::kill(pid, SIGKILL);
        wait_for(pid);
        return text;
    };
    const auto base = own_cgroup() + "/" + c;
    auto text = cgroups_of({"--cgroup", "memory,pids:sub", "--cgroup", "cpu:/sub"});
    CHECK_THAT(text, HasText(":memory:" + base + "/sub\n"));
    CHECK_THAT(text, HasText(":pids:" + base + "/sub\n"));
    CHECK_THAT(text, HasText(":cpu:" + base + "/sub\n"));
    CHECK_THAT(text, HasText(":freezer:" + base + "\n"));

    const auto refused = [&](const std::vector<std::string>& values, const char* why) {
        std::vector<std::string> flags;
        for (const auto& value : values)
            flags.insert(flags.end(), {"--cgroup", value});
        CHECK_FAILS(exec(c, {"true"}, flags), 255, why);
    };
    const bool old = is_old_runc();
    refused({"memory:../../.."}, old ? "is not a sub cgroup path" : "bad sub cgroup path: ../../..");
    if (!old) refused({"memory:../" + c + "x"}, "bad sub cgroup path");
    refused({"nonsense:sub"}, "unknown controller nonsense in SubCgroupPaths");
    refused({"memory:missing"}, "no such file or directory");
    refused({"missing"}, "no such file or directory");  // one path for all of them
    if (old) return;                                    // other texts, and a controller named twice passes
    refused({"memory:missing"}, "error adding pid ");
    refused({"missing"}, "error adding pid ");
    refused({":sub"}, "invalid --cgroup argument: :sub (empty <controller> prefix)");
    refused({"memory,:sub"}, "invalid --cgroup argument: memory,:sub (empty <controller> prefix)");
    refused({"sub", "memory:sub"}, "invalid --cgroup argument: sub (missing <controller>: prefix)");
    refused({"memory:sub", "pids,memory:sub"},
            "invalid --cgroup argument(s): controller memory specified multiple times");
    CHECK_THAT(cgroups_of({"--cgroup", "/"}), HasText(":memory:" + base + "\n"));
}

EXEC_TEST("exec --cgroup: a path below the container's on v2", "[exec][cgroups]") {
    REQUIRES("cgroup-v2");
    const auto c = run_detached(bundle().idle());
    REQUIRE(mkdir((unified(init_pid(c)) / "sub").c_str(), 0755) == 0);
    const auto pid = exec_detached(c, {"sleep", "100"}, {"--cgroup", "sub"});
    CHECK(unified_path(pid) == unified_path(init_pid(c)) + "/sub");
    ::kill(pid, SIGKILL);
    wait_for(pid);
    CHECK_FAILS(exec(c, {"true"}, {"--cgroup", "../x"}), 255, "bad sub cgroup path: ../x");
    // A rootless container may be without cgroups, and then has none below them.
    if (geteuid() == 0) CHECK_FAILS(exec(c, {"true"}, {"--cgroup", "missing"}), 255, "can't open cgroup: ");
}

EXEC_TEST(
    "exec: a container whose init made itself a cgroup below, with controllers, is entered there (EBUSY)",
    "[exec][cgroups]") {
    if (is_old_runc() && missing("cgroup-v2") != "") return;
    const auto c = run_detached(bundle().idle());
    const auto base = unified(init_pid(c));
    if (try_read_file(base / "cgroup.controllers").value_or("").find("hugetlb") == std::string::npos) return;
    REQUIRE(mkdir((base / "init.scope").c_str(), 0755) == 0);
    write_to(base / "init.scope/cgroup.procs", std::to_string(init_pid(c)));
    write_to(base / "cgroup.subtree_control", "+hugetlb");
    const auto pid = exec_detached(c, {"sleep", "100"});
    CHECK(unified(pid) == base / "init.scope");
    ::kill(pid, SIGKILL);
    wait_for(pid);
    // Asked for by name, it is that or nothing.
    if (!is_old_runc()) CHECK(exec(c, {"true"}, {"--cgroup", "/"}).exit_code == 255);
}

EXEC_TEST("exec: works where the container has as many processes as it may have", "[exec][cgroups]") {
    REQUIRES("pids");
    if (is_old_runc()) return;  // its init needs threads
    REQUIRES("start-with-one-process");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["pids"] = {{"limit", 1}};
    const auto c = run_detached(b);
    CHECK(exec(c, {"/bin/true"}).exit_code == 0);
    // The limit holds for what it does, though.
    CHECK(exec(c, {"/probe", "forks", "2"}).out.find("EAGAIN") != std::string::npos);
}

EXEC_TEST("exec: an OOM kill in the container is named when exec fails for it", "[exec][cgroups][nosan]") {
    REQUIRES("memory");
    if (is_old_runc()) return;
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["memory"] = {{"limit", 8 << 20}};
    const auto c = run_detached(b);
    // A configuration that init has no room for.
    json process = process_object({"ids"});
    process["env"].push_back("BIG=" + std::string(20 << 20, 'x'));
    CHECK_FAILS(exec_process(c, process), 255, "(possibly OOM-killed)");
    // An earlier kill is not this one's reason.
    CHECK_FALSE(exec(c, {"/nope"}).err.find("OOM") != std::string::npos);
}

EXEC_TEST("exec: the container's filter holds for it, with and without no_new_privs", "[exec][seccomp]") {
    Bundle& b = bundle().idle();
    b.seccomp(
        {{"defaultAction", "SCMP_ACT_ALLOW"},
         {"syscalls",
          json::array({{{"names", {"mkdir", "mkdirat"}}, {"action", "SCMP_ACT_ERRNO"}, {"errnoRet", 61}}})}});
    const auto c = run_detached(b);
    for (const char* flag : {"--no-new-privs=true", "--no-new-privs=false"}) {
        json facts = exec_probe(c, {"seccomp", "mkdir", "/dev/shm/x"}, {flag, "--user", "1000"});
        CHECK(facts["seccomp"] == 2);
        CHECK(facts["mkdir /dev/shm/x"]["errno"] == "ENODATA");
    }
    // A process object has no filter of its own: it cannot leave this one out.
    CHECK(probe_process(c, process_object({"seccomp"}))["seccomp"] == 2);
}

// Not as an ordinary user (docs/compatibility.md, exec).
EXEC_TEST("exec: the agent gets the listener of the process, and the container's state",
          "[exec][seccomp][notify][root]") {
    DescriptorSocket agent(temp("agent.sock"));
    Bundle& b = bundle().idle();
    b.seccomp(
        {{"defaultAction", "SCMP_ACT_ALLOW"},
         {"listenerPath", agent.path().string()},
         {"listenerMetadata", "some metadata"},
         {"syscalls", json::array({{{"names", {"mkdir", "mkdirat"}}, {"action", "SCMP_ACT_NOTIFY"}}})}});
    b.spec["annotations"] = {{"key", "value"}};
    const auto c = run_detached(b);
    REQUIRE(agent.receive().fds.size() == 1);  // of the container's own program

    Process running = spawn_exec(c, {"/probe", "mkdir", "/dev/shm/x"}, {"--pid-file", temp("pid")});
    auto message = agent.receive();
    REQUIRE(message.fds.size() == 1);
    json told = json::parse(message.text);
    seccomp_notif request{};
    REQUIRE(ioctl(message.fds[0].get(), SECCOMP_IOCTL_NOTIF_RECV, &request) == 0);
    seccomp_notif_resp response{};
    response.id = request.id;
    response.error = -ENOMEDIUM;
    REQUIRE(ioctl(message.fds[0].get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0);
    Result result = running.wait();
    CHECK(json::parse(result.out)["mkdir /dev/shm/x"]["errno"] == "ENOMEDIUM");
    CHECK(told["metadata"] == "some metadata");
    CHECK(told["state"]["id"] == c);
    CHECK(told["state"]["status"] == "running");
    CHECK(told["state"]["pid"] == init_pid(c));
    CHECK(told["state"]["annotations"]["key"] == "value");
    CHECK(told["pid"] == std::stoi(read_file(temp("pid"))));
}

EXEC_TEST("exec: a created container can be entered, and started afterwards", "[exec][state]") {
    const auto c = create(bundle().sh("exit 5"));
    json facts = exec_probe(c, {"namespaces", "ids"});
    CHECK(facts["namespaces"]["mnt"] == link_target(proc(init_pid(c), "ns/mnt")));
    CHECK(status(c) == "created");
    start(c);
    CHECK(wait_exit(c) == 5);
    CHECK_FAILS(exec(c, {"true"}), 255, "exec failed: cannot exec in a stopped container");
}

EXEC_TEST("exec: a container without a record of what to enter is not entered", "[exec][state]") {
    if (!is_runcxx()) return;
    const auto c = run_detached(bundle().idle());
    const auto file = state_root() / c / "state.json";
    json state = json::parse(read_file(file));
    state.erase("exec");
    write_file(file, state.dump());
    CHECK_FAILS(exec(c, {"true"}), 255, "recorded nothing for exec");
}

EXEC_TEST("exec: a paused container is refused, and with --ignore-paused waited for",
          "[exec][state][pause]") {
    const auto c = run_detached(bundle().idle());
    Frozen frozen(c, init_pid(c));
    CHECK(status(c) == "paused");
    CHECK_FAILS(exec(c, {"true"}), 255,
                "exec failed: cannot exec in a paused container (use --ignore-paused to override)");
    Process running = spawn_exec(c, {"sh", "-c", "echo here; exit 3"}, {"--ignore-paused"});
    CHECK_FALSE(running.wait_for_output("here", 0.3));
    frozen.thaw();
    Result result = running.wait();
    CHECK(result.exit_code == 3);
    CHECK(result.out == "here\n");
}

EXEC_TEST("exec: waiting for a paused container can be interrupted", "[exec][state][pause][signals]") {
    REQUIRES("signal-rollback");
    const auto c = run_detached(bundle().idle());
    Frozen frozen(c, init_pid(c));
    Options options;
    options.deadline = 20;
    Process running = spawn_exec(c, {"sleep", "100"}, {"--ignore-paused"}, options);
    const bool is_v1 = missing("cgroup-v1").empty();
    const auto procs = (is_v1 ? v1("freezer", c) : unified(init_pid(c))) / "cgroup.procs";
    const auto count = [&] {
        const auto text = read_file(procs);
        return std::count(text.begin(), text.end(), '\n');
    };
    REQUIRE(wait_until([&] { return count() > 1; }));
    running.signal(SIGTERM);
    Result result = running.wait();
    INFO(describe(result));
    CHECK_FALSE(result.timed_out);
    CHECK(result.exit_code == 255);
    CHECK_THAT(plain_errors(result), HasText("interrupted by signal 15"));
    // It has its SIGKILL; on v1 a frozen process dies of it when it is thawed, as our orphan.
    expect_orphans();
    frozen.thaw();
    CHECK(wait_until([&] {
        reap();
        return count() == 1;
    }));
}

EXEC_TEST("exec: takes no lock: many at once, also while another command holds the container's",
          "[exec][lock]") {
    const auto c = run_detached(bundle().idle());
    Fd dir(open((state_root() / c).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(flock(dir.get(), LOCK_EX) == 0);
    std::vector<Process> all;
    for (int i = 0; i < 16; ++i)
        all.push_back(spawn_exec(c, {"sh", "-c", "exit " + std::to_string(i)}));
    for (int i = 0; i < 16; ++i)
        CHECK(all[static_cast<size_t>(i)].wait().exit_code == i);
}

EXEC_TEST("exec: into a container that ends meanwhile either runs or fails, and leaves nothing",
          "[exec][state]") {
    if (is_old_runc()) expect_orphans();  // does not reap all stages of a join that failed
    for (int round = 0; round < 10; ++round) {
        const auto c = run_detached(bundle().idle());
        Process first = spawn_exec(c, {"true"});
        usleep(static_cast<useconds_t>(round) * 400);
        ::kill(init_pid(c), SIGKILL);
        Result result = first.wait();
        INFO(describe(result));
        CHECK_FALSE(result.timed_out);
        CHECK((result.exit_code == 0 || result.exit_code == 137 || result.exit_code == 255));
        wait_exit(c);
        CHECK(call({"delete", c}).exit_code == 0);
    }
}
