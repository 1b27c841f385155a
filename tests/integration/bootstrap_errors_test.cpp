// SPDX-License-Identifier: Apache-2.0
// Speaks to `init` directly, with hand-made messages: what it refuses, and how it ends when it cannot go on.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "support/bootstrap_init.h"
#include "support/bootstrap_message.h"
#include "support/sandbox.h"

using namespace runcxx::tests;
using namespace runcxx::tests::bootstrap;
namespace fs = std::filesystem;

namespace {

// What happens in a user namespace's own copy of /proc/sys/user stays there.
void limit_namespaces(const char* sysctl) {
    const auto put = [](const std::string& path, const char* value) {
        const int fd = open(path.c_str(), O_WRONLY);
        if (fd < 0 || write(fd, value, strlen(value)) < 0) _exit(124);
        close(fd);
    };
    if (unshare(CLONE_NEWUSER) < 0) _exit(124);
    put("/proc/self/setgroups", "deny");
    put("/proc/self/uid_map", "0 0 1");
    put("/proc/self/gid_map", "0 0 1");
    put(std::string("/proc/sys/user/") + sysctl, "0");
}

}  // namespace

RUNTIME_TEST("bootstrap: a namespace path that can't be joined is named with its type", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    if (!is_runcxx()) {
        Init init(message(flags(0) + paths("net:" + temp("missing").string())));
        init.finish();
        CHECK_FALSE(init.reported());
        CHECK(init.exit_code() != 0);
        return;
    }
    const std::string missing_path = temp("missing"), file = temp("file"), fifo = temp("fifo");
    write_file(file, "");
    REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
    check_fails(message(paths("net:" + missing_path)),
                "failed to open net namespace path " + missing_path + ": No such file or directory");
    check_fails(message(paths("net:/proc/self/ns/net,ipc:/proc/self/ns/uts")),
                "failed to join ipc namespace: /proc/self/ns/uts is a uts namespace");
    check_fails(message(paths("mnt:" + file)),
                "failed to join mnt namespace: " + file + " is not a namespace");
    check_fails(message(paths("mnt:" + fifo)),
                "failed to join mnt namespace: " + fifo + " is not a namespace");
    check_fails(message(paths("pid:/proc")), "failed to join pid namespace: /proc is not a namespace");
    check_fails(message(paths("net:" + temp("").string())), "is not a namespace");
}

RUNTIME_TEST("bootstrap: all paths are opened before anything is joined", "[bootstrap]") {
    OURS_ONLY()
    // Were the mount namespace joined first, its lack of our temporary directory would show.
    Init::Setup setup;
    setup.log_level = 5;
    Init init(message(paths("mnt:/proc/self/ns/mnt,net:" + temp("missing").string())), setup);
    check_fails(init, "failed to open net namespace path");
    CHECK_THAT(init.records(), !HasText("setns"));
}

RUNTIME_TEST("bootstrap: namespaces that refuse us are listed", "[bootstrap][rootless]") {
    OURS_ONLY()
    Init::Setup setup;
    setup.in_child = become_user;
    Init init(message(paths("net:/proc/self/ns/net,uts:/proc/self/ns/uts")), setup);
    check_fails(init,
                "failed to join {net, uts} namespaces: Operation not permitted: /proc/self/ns/net, "
                "/proc/self/ns/uts");
}

RUNTIME_TEST("bootstrap: garbage is refused with a reason", "[bootstrap]") {
    OURS_ONLY()
    check_fails(message("", 2), "unexpected bootstrap message type 2, want 62000");
    check_fails(message("", 62000, 15), "bootstrap message length 15 is not between 16 and");
    check_fails(message("", 62000, 0xfffffff0u), "bootstrap message length 4294967280 is not between");
    check_fails(message("ab"), "2 stray bytes at the end");
    check_fails(message(attribute(27286, "1", 3)), "OOM_SCORE_ADJ: length 3 is less than its own header");
    check_fails(message(attribute(27286, "1", 200)), "OOM_SCORE_ADJ: length 200, but only 8 bytes are left");
    check_fails(message(attribute(27286, "100")), "OOM_SCORE_ADJ: text is not terminated by NUL");
    check_fails(message(flags(0) + attribute(1, "abcd")), "unknown bootstrap attribute 1 at byte 8");
    check_fails(message(flags(0) + flags(0)), "CLONE_FLAGS occurs twice");
    check_fails(message(flags(CLONE_VM)), "0x100 are not flags of namespaces");
    check_fails(message(paths("mount:/proc/self/ns/mnt")), "unknown namespace type 'mount'");
    check_fails(message(std::string(4096, '\xff')), "unknown bootstrap attribute 65535");
}

RUNTIME_TEST("bootstrap: a pipe that ends early says how far it came", "[bootstrap]") {
    OURS_ONLY()
    Init::Setup setup;
    setup.close_early = true;
    const std::string whole = message(flags(kUts));
    Init nothing("", setup);
    check_fails(nothing, "init pipe closed before the bootstrap message arrived");
    Init half_header(whole.substr(0, 7), setup);
    check_fails(half_header, "bootstrap message is truncated: got 7 of 16 bytes");
    Init half_payload(whole.substr(0, 21), setup);
    check_fails(half_payload, "payload of the bootstrap message is truncated: got 5 of 8 bytes");
    Init no_payload(whole.substr(0, 16), setup);
    check_fails(no_payload, "init pipe closed before the payload of the bootstrap message arrived");
}

RUNTIME_TEST("bootstrap: a bad pipe is refused with a reason", "[bootstrap]") {
    OURS_ONLY()
    const auto with = [](const std::vector<std::string>& env) {
        Init::Setup setup;
        setup.env = env;
        return setup;
    };
    for (const std::string bad : {"garbage", "-1", "3x", " 3", "99999999999", "0x3"}) {
        Init init("", with({"_LIBCONTAINER_INITPIPE=" + bad}));
        check_fails(init, "bad value of environment variable _LIBCONTAINER_INITPIPE: '" + bad + "'");
    }
    Init closed("", with({"_LIBCONTAINER_INITPIPE=77"}));
    check_fails(closed, "_LIBCONTAINER_INITPIPE=77: Bad file descriptor");
    Init no_socket("", with({"_LIBCONTAINER_INITPIPE=4"}));
    check_fails(no_socket, "_LIBCONTAINER_INITPIPE=4: Socket operation on non-socket");
    Init no_stream("", with({"_LIBCONTAINER_INITPIPE=5"}));
    check_fails(no_stream, "_LIBCONTAINER_INITPIPE=5: not a stream socket");

    // Without a place for records the reason goes to fd 2.
    Init no_log(message("", 2), with({"_LIBCONTAINER_LOGPIPE"}));
    no_log.finish();
    CHECK(no_log.exit_code() == 1);
    CHECK(no_log.errors() == "FATAL: nsexec: unexpected bootstrap message type 2, want 62000\n");
    Init bad_log(message(""), with({"_LIBCONTAINER_LOGPIPE=77"}));
    bad_log.finish();
    CHECK(bad_log.exit_code() == 1);
    CHECK(bad_log.errors() == "FATAL: nsexec: _LIBCONTAINER_LOGPIPE=77: Bad file descriptor\n");
}

RUNTIME_TEST("bootstrap: init without a pipe fails and names the variable", "[bootstrap]") {
    OURS_ONLY()
    const Result result = execute({runtime_identity().path, "init"});
    CHECK(result.exit_code != 0);
    CHECK_THAT(result.err, HasText("_LIBCONTAINER_INITPIPE"));
}

RUNTIME_TEST("bootstrap: the variable alone makes no other command an init", "[bootstrap]") {
    OURS_ONLY()
    Init::Setup setup;
    setup.arguments = {"--version"};
    Init init("", setup);
    init.finish();
    CHECK(init.exit_code() == 0);
    CHECK(init.records().empty());
}

RUNTIME_TEST("bootstrap: a path of any bytes leaves the records JSON", "[bootstrap]") {
    OURS_ONLY()
    check_fails(message(paths("net:/no/\"quoted\"\\\xff\xc3\n\x01\xe2\x82\xac")),
                "/no/\"quoted\"\\\xef\xbf\xbd\xef\xbf\xbd\n\x01\xe2\x82\xac: No such file");
}

RUNTIME_TEST("bootstrap: a limit on namespaces is named with its value", "[bootstrap]") {
    OURS_ONLY()
    Init::Setup setup;
    setup.in_child = [] { limit_namespaces("max_net_namespaces"); };
    Init net(message(flags(kUts | kIpc | kNet)), setup);
    check_fails(net,
                "failed to unshare net namespace: No space left on device: user.max_net_namespaces is 0");
    setup.in_child = [] { limit_namespaces("max_user_namespaces"); };
    Init user(message(flags(kUser) + maps("0 0 1\n")), setup);
    user.finish();
    CHECK_THAT(user.records(), HasText("failed to unshare user namespace: No space left on device: "
                                       "user.max_user_namespaces is 0"));
    CHECK(user.messages("fatal").size() == 1);
    Init born(message(flags(kUser | kPid) + maps("0 0 1\n")), setup);
    check_fails(born,
                "unable to spawn stage-1 in new namespaces {user, pid}: No space left on device: "
                "user.max_user_namespaces is 0");
}

RUNTIME_TEST("bootstrap: when a stage fails all end, and only one says why", "[bootstrap]") {
    OURS_ONLY()
    // Stage 0, while stage 1 waits for its maps.
    for (const uint32_t more : {0u, kPid}) {
        Init init(message(flags(kUser | more) + maps("0 5 10\n0 9 10\n")));
        check_fails(init, "uid_map to '0 5 10\n0 9 10\n': Invalid argument");
        CHECK(init.processes() == 2);
    }
    // Stage 1, while stage 0 waits for it.
    Init init(message(flags(kUser | kPid) + maps("1 5 10\n") + paths("uts:/proc/self/ns/uts")));
    check_fails(init, "failed to become root in user namespace: Invalid argument: uid 0 is not mapped");
    CHECK(init.processes() == 2);
}

RUNTIME_TEST("bootstrap: newuidmap gets every range, and its words are in the error",
             "[bootstrap][rootless]") {
    OURS_ONLY()
    const std::string tool = temp("newuidmap");
    write_file(tool,
               "#!/bin/sh\necho \"first $2 $3 $4, $# arguments, HOME=$HOME\"\necho no way >&2\nexit 3\n",
               0755);
    fs::permissions(temp(""), fs::perms(0755));
    std::string map;
    for (int i = 0; i < 30; i++)
        map += std::to_string(i) + " " + std::to_string(100000 + 2 * i) + " 1\n";
    Init::Setup setup;
    setup.in_child = become_user;
    Init init(
        message(flags(kUser | kMnt) + maps(map) + number(27285, 1) + number(27287, 1) + text(27288, tool)),
        setup);
    check_fails(init, "exit status 3: first 0 100000 1, 91 arguments, HOME= no way");

    Init absent(message(flags(kUser) + maps("0 100000 10\n") + number(27285, 1) + number(27287, 1)), setup);
    check_fails(absent,
                "Operation not permitted: not ours to map, and newuidmap is not in the runtime's PATH");
    Init wrong(message(flags(kUser) + maps("0 100000 10\n") + number(27285, 1) + number(27287, 1) +
                       text(27288, temp("nothing"))),
               setup);
    check_fails(wrong, "exit status 127: No such file or directory");
}

RUNTIME_TEST("bootstrap: when stage 0 is killed stage 1 does not stay", "[bootstrap][rootless]") {
    OURS_ONLY()
    // A slow newuidmap keeps stage 0 busy and stage 1 waiting.
    const std::string tool = temp("slow"), note = temp("note");
    write_file(note, "", 0666);
    fs::permissions(note, fs::perms(0666));
    write_file(tool, "#!/bin/sh\necho $$ $1 > " + note + "\nexec sleep 20\n", 0755);
    int tool_pid = 0, stage1_pid = 0;
    Init::Setup setup;
    setup.in_child = become_user;
    setup.after_spawn = [&] {
        CHECK(wait_until(
            [&] { return sscanf(read_file(note).c_str(), "%d %d\n", &tool_pid, &stage1_pid) == 2; }));
        // The only child of ours that has children of its own.
        const pid_t stage0_pid = std::stoi(status_line(tool_pid, "PPid"));
        CHECK(stage0_pid > 1);
        ::kill(stage0_pid, SIGKILL);
        CHECK(wait_until([&] { return squeezed(status_line(stage1_pid, "State")).rfind("Z", 0) == 0; }));
        ::kill(tool_pid, SIGKILL);
    };
    Init init(message(flags(kUser) + maps("0 100000 10\n") + number(27285, 1) + number(27287, 1) +
                      text(27288, tool)),
              setup);
    init.finish();
    CHECK_FALSE(init.reported());
    CHECK(init.exit_code() == 128 + SIGKILL);
    CHECK(init.exit_code(stage1_pid) == 1);
    CHECK_THAT(init.records(), HasText("stage-0 ended without a word"));
}
