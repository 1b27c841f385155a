// SPDX-License-Identifier: Apache-2.0
// Speaks to `init` directly, with hand-made messages: what the runtime may rely on. What a stranger gets is in
// bootstrap_errors_test.cpp. Where nothing in a test is ours alone, it also passes against runc, whose wire this is.
#include <fcntl.h>
#include <grp.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "support/bootstrap_init.h"
#include "support/bootstrap_message.h"
#include "support/sandbox.h"

using namespace runcxx::tests;
using namespace runcxx::tests::bootstrap;
namespace fs = std::filesystem;

namespace {

const char* const kAllNames[] = {"user", "ipc", "uts", "net", "pid", "mnt", "cgroup", "time"};

std::string namespace_of(pid_t pid, const std::string& name) {
    return link_target("/proc/" + std::to_string(pid) + "/ns/" + name);
}

}  // namespace

RUNTIME_TEST("bootstrap: init joins an existing network namespace", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init other(message(flags(kNet)));
    REQUIRE(other.settled());
    const std::string theirs = namespace_of(other.pid(), "net");
    REQUIRE(theirs != namespace_of(getpid(), "net"));
    Init init(message(flags(0) + paths("net:/proc/" + std::to_string(other.pid()) + "/ns/net")));
    REQUIRE(init.settled());
    CHECK(namespace_of(init.pid(), "net") == theirs);
    CHECK(namespace_of(init.pid(), "uts") == namespace_of(getpid(), "uts"));
}

RUNTIME_TEST("bootstrap: new namespaces are made, the others stay ours", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init init(message(flags(kUts | kIpc | kMnt | kNet | kCgroup)));
    REQUIRE(init.settled());
    for (const std::string name : {"uts", "ipc", "mnt", "net", "cgroup"})
        CHECK(namespace_of(init.pid(), name) != namespace_of(getpid(), name));
    for (const std::string name : {"user", "pid", "time"})
        CHECK(namespace_of(init.pid(), name) == namespace_of(getpid(), name));
    init.finish();
    CHECK(init.exit_code(init.pid()) != 0);  // it had no configuration
}

RUNTIME_TEST("bootstrap: without a pid or user namespace nothing is forked", "[bootstrap]") {
    OURS_ONLY()
    Init init(message(flags(kUts | kIpc | kMnt | kNet | kCgroup)));
    REQUIRE(init.settled());
    CHECK(init.pid() == init.spawned());
    CHECK(init.stage1() == init.spawned());
    init.finish();
    CHECK(init.processes() == 1);
}

RUNTIME_TEST("bootstrap: in a new pid namespace init is pid 1 and our child", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init init(message(flags(kPid | kMnt)));
    REQUIRE(init.settled());
    CHECK(status_line(init.pid(), "NSpid") == std::to_string(init.pid()) + "\t1");
    CHECK(status_line(init.pid(), "PPid") == std::to_string(getpid()));
    CHECK(init.pid() != init.spawned());
    init.finish();
    CHECK(init.exit_code(init.spawned()) == 0);
    CHECK(init.exit_code(init.pid()) > 0);
    if (is_runcxx()) {
        CHECK(init.stage1() == init.pid());
        CHECK(init.processes() == 2);
    } else {
        CHECK(init.exit_code(init.stage1()) == 0);
    }
}

RUNTIME_TEST("bootstrap: init leads its own session, as uid and gid 0", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    for (const uint32_t wanted : {kUts, kUts | kPid}) {
        Init init(message(flags(wanted)));
        REQUIRE(init.settled());
        CHECK(wait_until([&] { return getsid(init.pid()) == init.pid(); }));
        CHECK(status_line(init.pid(), "Uid") == "0\t0\t0\t0");
        CHECK(status_line(init.pid(), "Gid") == "0\t0\t0\t0");
    }
}

RUNTIME_TEST("bootstrap: a new user namespace is mapped, and owns what is made after it", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init::Setup setup;
    setup.in_child = [] {
        const gid_t groups[] = {4, 5};
        if (setgroups(2, groups) < 0) _exit(124);
    };
    for (const uint32_t more : {kNet, kNet | kPid}) {
        Init init(message(flags(kUser | more) + maps("0 100000 65536\n65536 300000 10\n") + number(27285, 1)),
                  setup);
        REQUIRE(init.settled());
        const std::string proc = "/proc/" + std::to_string(init.pid());
        CHECK(namespace_of(init.pid(), "user") != namespace_of(getpid(), "user"));
        CHECK(squeezed(read_file(proc + "/uid_map")) == "0 100000 65536 65536 300000 10 ");
        CHECK(squeezed(read_file(proc + "/gid_map")) == "0 100000 65536 65536 300000 10 ");
        CHECK(wait_until([&] { return status_line(init.pid(), "Gid") == "100000\t100000\t100000\t100000"; }));
        CHECK(status_line(init.pid(), "Uid") == "100000\t100000\t100000\t100000");
        CHECK(squeezed(status_line(init.pid(), "Groups")).empty());

        // The owner of its network namespace is its user namespace.
        const Fd net(open((proc + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
        const Fd owner(ioctl(net.get(), 0xb701 /* NS_GET_USERNS */));
        REQUIRE(owner);
        struct stat owner_status, user_status;
        REQUIRE(fstat(owner.get(), &owner_status) == 0);
        REQUIRE(stat((proc + "/ns/user").c_str(), &user_status) == 0);
        CHECK(owner_status.st_ino == user_status.st_ino);

        init.finish();
        CHECK(init.exit_code(init.spawned()) == 0);
        if (is_runcxx()) CHECK(init.processes() == 2);
    }
}

RUNTIME_TEST("bootstrap: a new user namespace and a joined one of another type take three processes",
             "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init init(message(flags(kUser | kPid | kMnt) + maps("0 100000 65536\n") + number(27285, 1) +
                      paths("net:/proc/self/ns/net")));
    REQUIRE(init.settled());
    CHECK(namespace_of(init.pid(), "net") == namespace_of(getpid(), "net"));
    CHECK(namespace_of(init.pid(), "user") != namespace_of(getpid(), "user"));
    CHECK(status_line(init.pid(), "NSpid") == std::to_string(init.pid()) + "\t1");
    CHECK(status_line(init.pid(), "PPid") == std::to_string(getpid()));
    CHECK(init.stage1() != init.pid());
    CHECK(init.stage1() != init.spawned());
    init.finish();
    CHECK(init.exit_code(init.spawned()) == 0);
    CHECK(init.exit_code(init.stage1()) == 0);
    CHECK(init.processes() == 3);
}

RUNTIME_TEST("bootstrap: init joins every namespace of another one", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init::Setup outer;
    Init other(message(flags(kUser | kIpc | kUts | kNet | kPid | kMnt | kCgroup) + maps("0 100000 65536\n") +
                       number(27285, 1)));
    REQUIRE(other.settled());
    std::string list;
    for (const std::string name : kAllNames) {
        if (name == "time") continue;
        list += (list.empty() ? "" : ",") + name + ":/proc/" + std::to_string(other.pid()) + "/ns/" + name;
    }
    Init init(message(flags(0) + paths(list)));
    REQUIRE(init.settled());
    for (const std::string name : kAllNames)
        CHECK(namespace_of(init.pid(), name) == namespace_of(other.pid(), name));
    CHECK(wait_until([&] { return status_line(init.pid(), "Uid") == "100000\t100000\t100000\t100000"; }));
    CHECK(status_line(init.pid(), "NSpid").find('\t') != std::string::npos);
}

RUNTIME_TEST("bootstrap: namespaces that are all of one process are entered in one call, others one by one",
             "[bootstrap]") {
    OURS_ONLY()
    Init other(message(flags(kIpc | kUts | kNet | kPid | kMnt)));
    Init another(message(flags(kUts)));
    REQUIRE(other.settled());
    REQUIRE(another.settled());
    const auto path = [](const Init& init, const std::string& name) {
        return name + ":/proc/" + std::to_string(init.pid()) + "/ns/" + name;
    };
    Init::Setup setup;
    setup.log_level = 5;
    const auto join = [&](const std::string& list) {
        auto init = std::make_unique<Init>(message(paths(list)), setup);
        REQUIRE(init->settled());
        return init;
    };
    const auto all =
        path(other, "ipc") + "," + path(other, "net") + "," + path(other, "pid") + "," + path(other, "mnt");
    auto init = join(all + "," + path(other, "uts"));
    CHECK(namespace_of(init->pid(), "uts") == namespace_of(other.pid(), "uts"));
    CHECK(namespace_of(init->pid(), "mnt") == namespace_of(other.pid(), "mnt"));
    CHECK(namespace_of(init->pid(), "pid") == namespace_of(other.pid(), "pid"));
    init->finish();
    CHECK_THAT(init->records(), HasText("setns(0x6c020000) into the namespaces of one process: Success"));

    // One of another process, and one by another name.
    auto mixed = join(all + "," + path(another, "uts"));
    CHECK(namespace_of(mixed->pid(), "uts") == namespace_of(another.pid(), "uts"));
    CHECK(namespace_of(mixed->pid(), "mnt") == namespace_of(other.pid(), "mnt"));
    mixed->finish();
    CHECK_THAT(mixed->records(), !HasText("of one process"));
    auto relative = join("uts:/proc/../proc/" + std::to_string(another.pid()) + "/ns/uts");
    CHECK(namespace_of(relative->pid(), "uts") == namespace_of(another.pid(), "uts"));
    relative->finish();
    CHECK_THAT(relative->records(), !HasText("of one process"));
}

RUNTIME_TEST("bootstrap: a new time namespace has the offsets, with and without a fork", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    REQUIRES("timens");
    for (const uint32_t more : {0u, kPid, kUser, kUser | kPid}) {
        INFO("besides: " << std::hex << more);
        const bool new_user = (more & kUser) != 0;
        Init init(message(flags(kTime | more) + text(27290, "monotonic 1000 5\nboottime 2000 0\n") +
                          (new_user ? maps("0 100000 65536\n") + number(27285, 1) : "")));
        REQUIRE(init.settled());
        CHECK(namespace_of(init.pid(), "time") != namespace_of(getpid(), "time"));
        CHECK(squeezed(read_file("/proc/" + std::to_string(init.pid()) + "/timens_offsets")) ==
              "monotonic 1000 5 boottime 2000 0 ");
    }
}

RUNTIME_TEST("bootstrap: an existing time namespace is joined without a fork", "[bootstrap]") {
    OURS_ONLY()
    REQUIRES("timens");
    Init other(message(flags(kTime)));
    REQUIRE(other.settled());
    Init init(message(paths("time:/proc/" + std::to_string(other.pid()) + "/ns/time")));
    REQUIRE(init.settled());
    CHECK(init.pid() == init.spawned());
    CHECK(namespace_of(init.pid(), "time") == namespace_of(other.pid(), "time"));
}

RUNTIME_TEST("bootstrap: the OOM score reaches init", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init init(message(flags(kPid) + text(27286, "500")));
    REQUIRE(init.settled());
    CHECK(read_file("/proc/" + std::to_string(init.pid()) + "/oom_score_adj") == "500\n");
}

RUNTIME_TEST("bootstrap: the user and pid namespaces we are in are taken as joined", "[bootstrap]") {
    OURS_ONLY()
    Init init(message(flags(kUts) + paths("user:/proc/self/ns/user,pid:/proc/self/ns/pid")));
    REQUIRE(init.settled());
    CHECK(init.pid() == init.spawned());
    CHECK(namespace_of(init.pid(), "user") == namespace_of(getpid(), "user"));
    CHECK(namespace_of(init.pid(), "uts") != namespace_of(getpid(), "uts"));
}

RUNTIME_TEST("bootstrap: init may be spawned into its pid namespace, and is not forked then", "[bootstrap]") {
    OURS_ONLY()
    Init::Setup setup;
    setup.spawn_flags = CLONE_NEWPID;
    {
        Init init(message(flags(kUts | kMnt | kTime) + text(27290, "monotonic 7 0\n")), setup);
        CHECK(init.reported());
        CHECK(init.pid() == 1);  // its own view
        CHECK(wait_until([&] { return getsid(init.spawned()) == init.spawned(); }));
        CHECK(status_line(init.spawned(), "NSpid") == std::to_string(init.spawned()) + "\t1");
        CHECK(namespace_of(init.spawned(), "time") != namespace_of(getpid(), "time"));
        init.finish();
        CHECK(init.processes() == 1);
    }
    Init init(message(flags(kPid)), setup);
    check_fails(init, "unable to spawn stage-2: Invalid argument: the first process of a pid namespace");
}

RUNTIME_TEST(
    "bootstrap: without privileges a user namespace is mapped to the caller, and setgroups is denied",
    "[bootstrap][rootless]") {
    SPEAKS_THE_WIRE()
    Init::Setup setup;
    setup.in_child = become_user;
    for (const uint32_t more : {kMnt | kNet, kMnt | kNet | kPid}) {
        Init init(message(flags(kUser | more) + maps("0 1000 1\n") + number(27287, 1)), setup);
        REQUIRE(init.settled());
        const std::string proc = "/proc/" + std::to_string(init.pid());
        CHECK(squeezed(read_file(proc + "/uid_map")) == "0 1000 1 ");
        CHECK(squeezed(read_file(proc + "/gid_map")) == "0 1000 1 ");
        CHECK(read_file(proc + "/setgroups") == "deny\n");
        CHECK(namespace_of(init.pid(), "net") != namespace_of(getpid(), "net"));
    }
}

RUNTIME_TEST("bootstrap: after joining, init's files in /proc are not its user's", "[bootstrap][rootless]") {
    SPEAKS_THE_WIRE()
    Init::Setup setup;
    setup.in_child = become_user;
    Init other(message(flags(kUser | kNet | kUts) + maps("0 1000 1\n") + number(27287, 1)), setup);
    REQUIRE(other.settled());
    const std::string base = "/proc/" + std::to_string(other.pid()) + "/ns/";
    Init init(message(flags(0) + number(27287, 1) +
                      paths("user:" + base + "user,uts:" + base + "uts,net:" + base + "net")),
              setup);
    REQUIRE(init.settled());
    CHECK(namespace_of(init.pid(), "net") == namespace_of(other.pid(), "net"));
    CHECK(status_line(init.pid(), "Uid") == "1000\t1000\t1000\t1000");
    struct stat status;
    REQUIRE(stat(("/proc/" + std::to_string(init.pid()) + "/environ").c_str(), &status) == 0);
    CHECK(status.st_uid == 0);
}

RUNTIME_TEST("bootstrap: what follows the message is left for main", "[bootstrap]") {
    OURS_ONLY()
    Init init(message(flags(kUts)) + "this is no configuration");
    REQUIRE(init.reported());
    init.finish();
    CHECK(init.exit_code() != 0);
    for (const auto& fatal : init.messages("fatal"))
        CHECK_THAT(fatal, !HasText("bootstrap"));
}

RUNTIME_TEST("bootstrap: no namespace file and no /proc stays open, and the pipes are close-on-exec",
             "[bootstrap]") {
    OURS_ONLY()
    Init init(message(flags(kPid | kMnt | kTime) + text(27290, "monotonic 1 0\n") +
                      paths("net:/proc/self/ns/net")));
    REQUIRE(init.settled());
    CHECK(wait_until([&] { return getsid(init.pid()) == init.pid(); }));
    const std::string proc = "/proc/" + std::to_string(init.pid());
    const auto leaked = [&] {
        for (const auto& entry : fs::directory_iterator(proc + "/fd")) {
            const std::string target = link_target(entry.path());
            if (target.rfind("/proc", 0) == 0 || target.rfind("net:", 0) == 0 ||
                target.rfind("time:", 0) == 0)
                return target;
        }
        return std::string();
    };
    CHECK(wait_until([&] { return leaked().empty(); }));
    for (const char* fd : {"3", "4"})
        CHECK_THAT(squeezed(read_file(proc + "/fdinfo/" + fd)), HasText("flags: 02"));
}

RUNTIME_TEST("bootstrap: at debug level the stages tell what they do, otherwise nothing", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init::Setup setup;
    setup.log_level = 5;
    Init loud(message(flags(kUts)), setup);
    REQUIRE(loud.settled());
    loud.finish();
    CHECK_THAT(loud.records(), HasText("nsexec container setup"));
    if (is_runcxx())
        CHECK_THAT(loud.records(), HasText("nsexec[" + std::to_string(loud.spawned()) + "]: affinity: 0x"));
    loud.messages("debug");  // requires JSON in every line

    Init quiet(message(flags(kUts)));
    REQUIRE(quiet.settled());
    quiet.finish();
    CHECK_THAT(quiet.records(), !HasText("\"debug\""));
}
