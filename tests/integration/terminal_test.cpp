// SPDX-License-Identifier: Apache-2.0
// Terminals: the console socket of detached containers, the relayed terminal of foreground ones; pidfd
// socket.
#include "support/terminal.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

Bundle& with_terminal(Bundle& bundle) {
    bundle.spec["process"]["terminal"] = true;
    return bundle;
}

// Options that make `pty` the stdio and controlling terminal of the runtime.
Options on_terminal(const Pty& pty) {
    Options options;
    options.stdin_fd = options.stdout_fd = options.stderr_fd = pty.slave.get();
    options.in_child = [] {
        setsid();
        ioctl(0, TIOCSCTTY, 0);
    };
    return options;
}

}  // namespace

RUNTIME_TEST("console socket: the master comes with its name, one descriptor in one message", "[terminal]") {
    Bundle& b = with_terminal(bundle()).probe({"tty", "devices"});
    DescriptorSocket console(temp("console.sock"));
    std::string c = create(b, {"--console-socket", console.path()});
    auto message = console.receive();
    REQUIRE(message.fds.size() == 1);
    CHECK_THAT(message.text, HasText("/dev/pt"));
    CHECK(message.text.size() < 4096);
    start(c);
    std::string text = read_until(message.fds[0], "}\r\n");
    CHECK(wait_exit(c) == 0);
    json facts = json::parse(text);
    json tty = facts["tty"];
    CHECK(tty["stdin"] == true);
    CHECK(tty["stdout"] == true);
    CHECK(tty["stderr"] == true);
    CHECK(tty["controlling"] == true);
    CHECK(tty["foreground"] == 1);
    CHECK_THAT(tty["name"].get<std::string>(), HasText("/dev/pts/0") || HasText("/dev/console"));
    json console_node = facts["devices"]["console"];
    CHECK(console_node["kind"] == "char");
    CHECK(console_node["major"] == 136);
}

RUNTIME_TEST("console socket: consoleSize is on the terminal before the program starts", "[terminal]") {
    Bundle& b = with_terminal(bundle()).probe({"tty"});
    b.spec["process"]["consoleSize"] = {{"height", 33}, {"width", 111}};
    DescriptorSocket console(temp("console.sock"));
    std::string c = create(b, {"--console-socket", console.path()});
    auto message = console.receive();
    REQUIRE(message.fds.size() == 1);
    winsize size{};
    REQUIRE(ioctl(message.fds[0].get(), TIOCGWINSZ, &size) == 0);
    CHECK(size.ws_row == 33);
    CHECK(size.ws_col == 111);
    start(c);
    json tty = json::parse(read_until(message.fds[0], "}\r\n"))["tty"];
    CHECK(tty["rows"] == 33);
    CHECK(tty["cols"] == 111);
    CHECK(wait_exit(c) == 0);
}

RUNTIME_TEST("console socket: nothing of the runtime's stdio stays open in the container",
             "[terminal][fds]") {
    Bundle& b = with_terminal(bundle()).idle();
    DescriptorSocket console(temp("console.sock"));
    Pipe out = make_pipe();
    Options options;
    options.stdout_fd = options.stderr_fd = out.write_end.get();
    std::string c = create(b, {"--console-socket", console.path()}, options);
    auto message = console.receive();
    out.write_end.reset();
    // go-runc reads the runtime's output to its end: a container that held it would hang the shim.
    pollfd waiting{out.read_end.get(), POLLIN, 0};
    REQUIRE(poll(&waiting, 1, 5000) == 1);
    CHECK((waiting.revents & POLLHUP) != 0);
}

RUNTIME_TEST("console socket: hanging up ends the program with SIGHUP", "[terminal]") {
    Bundle& b = with_terminal(bundle()).sh("trap 'exit 9' HUP; echo up; while :; do sleep 0.1; done");
    DescriptorSocket console(temp("console.sock"));
    std::string c = run_detached(b, {"--console-socket", console.path()});
    auto message = console.receive();
    REQUIRE(message.fds.size() == 1);
    CHECK_THAT(read_until(message.fds[0], "up"), HasText("up"));
    message.fds.clear();
    CHECK(wait_exit(c) == 9);
}

RUNTIME_TEST("console socket: one that nobody listens on fails the create and leaves nothing",
             "[terminal][rollback]") {
    Bundle& b = with_terminal(bundle()).idle();
    CHECK_FAILS(try_create(b, {"--console-socket", temp("no.sock")}), 1, "no.sock");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("console socket: a container with a user namespace gets a terminal it owns",
             "[terminal][userns]") {
    Bundle& b = with_terminal(bundle()).in_user_namespace().sh("stat -c %u /dev/pts/0 && tty && echo ok");
    DescriptorSocket console(temp("console.sock"));
    std::string c = create(b, {"--console-socket", console.path()});
    auto message = console.receive();
    REQUIRE(message.fds.size() == 1);
    start(c);
    std::string text = read_until(message.fds[0], "ok");
    CHECK_THAT(text, HasText("0\r\n"));
    CHECK_THAT(text, HasText("ok"));
    CHECK(wait_exit(c) == 0);
}

RUNTIME_TEST("terminal: the slave belongs to the program's user", "[terminal]") {
    Bundle& b = with_terminal(bundle()).sh("stat -c %u /dev/pts/0; echo ok");
    b.spec["process"]["user"] = {{"uid", 1000}, {"gid", 1000}};
    DescriptorSocket console(temp("console.sock"));
    std::string c = create(b, {"--console-socket", console.path()});
    auto message = console.receive();
    REQUIRE(message.fds.size() == 1);
    start(c);
    CHECK_THAT(read_until(message.fds[0], "ok"), HasText("1000\r\n"));
    CHECK(wait_exit(c) == 0);
}

RUNTIME_TEST("foreground terminal: what the program writes at once has plain newlines too",
             "[terminal][run]") {
    Pty pty = open_pty();
    pty.resize(20, 70);
    Options options = on_terminal(pty);
    options.stdout_fd = -1;  // collected
    Bundle& b = with_terminal(bundle()).sh("echo one");
    // The first bytes come while the runtime is still busy with the launch, so once proves little.
    for (int i = 0; i < 20; ++i)
        CHECK(run(b, {}, options).out == "one\n");
    const auto c = run_detached(bundle().idle());
    for (int i = 0; i < 20; ++i)
        CHECK(call({"exec", "--tty", c, "echo", "one"}, options).out == "one\n");
}

RUNTIME_TEST("foreground terminal: input and output are relayed, and the caller's terminal is restored",
             "[terminal][run]") {
    Pty pty = open_pty();
    pty.resize(20, 70);
    termios before{};
    REQUIRE(tcgetattr(pty.slave.get(), &before) == 0);
    Bundle& b = with_terminal(bundle()).sh("tty; stty size; read line; echo \"got <$line>\"; exit 4");
    Process running = spawn_run(b, {}, on_terminal(pty));
    std::string text = pty.read_until("20 70");
    CHECK_THAT(text, HasText("/dev/pts/0"));
    CHECK_THAT(text, HasText("20 70"));
    pty.send("hello\r");
    CHECK_THAT(pty.read_until("got <hello>"), HasText("got <hello>"));
    Result result = running.wait();
    CHECK(result.exit_code == 4);
    termios after{};
    REQUIRE(tcgetattr(pty.slave.get(), &after) == 0);
    CHECK(after.c_lflag == before.c_lflag);
    CHECK(after.c_oflag == before.c_oflag);
    CHECK(after.c_iflag == before.c_iflag);
}

RUNTIME_TEST("foreground terminal: a resize reaches the container", "[terminal][run]") {
    Pty pty = open_pty();
    pty.resize(20, 70);
    Bundle& b = with_terminal(bundle()).args({"/probe", "signal"});
    Process running = spawn_run(b, {}, on_terminal(pty));
    CHECK_THAT(pty.read_until("ready"), HasText("ready"));
    pty.resize(31, 99);
    CHECK_THAT(pty.read_until("size 31 99"), HasText("size 31 99"));
    running.signal(SIGTERM);
    CHECK(running.wait().exit_code == 0);
}

RUNTIME_TEST("foreground terminal: ^C is the container's, not the runtime's", "[terminal][run]") {
    Pty pty = open_pty();
    Bundle& b = with_terminal(bundle()).sh(
        "trap 'echo interrupted; exit 5' INT; echo up; while :; do sleep 0.1; done");
    Process running = spawn_run(b, {}, on_terminal(pty));
    CHECK_THAT(pty.read_until("up"), HasText("up"));
    pty.send("\x03");
    CHECK_THAT(pty.read_until("interrupted"), HasText("interrupted"));
    CHECK(running.wait().exit_code == 5);
}

RUNTIME_TEST("foreground terminal: without any terminal the error says so", "[terminal][run][errors]") {
    Bundle& b = with_terminal(bundle()).args({"true"});
    Options options;
    options.in_child = [] { setsid(); };
    Result result = run(b, {}, options);
    CHECK_FAILS(result, 1, "/dev/tty");
}

RUNTIME_TEST("pidfd socket: receives a pidfd of the container's init", "[terminal][pidfd-socket]") {
    REQUIRES("pidfd-socket");
    Bundle& b = bundle().idle();
    DescriptorSocket receiver(temp("pidfd.sock"));
    std::string c = create(b, {"--pidfd-socket", receiver.path()});
    auto message = receiver.receive();
    REQUIRE(message.fds.size() == 1);
    CHECK(message.text == "standard");
    std::string info = read_file("/proc/self/fdinfo/" + std::to_string(message.fds[0].get()));
    CHECK_THAT(info, HasText("\nPid:\t" + std::to_string(init_pid(c)) + "\n"));
}
