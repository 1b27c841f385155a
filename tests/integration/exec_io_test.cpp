// SPDX-License-Identifier: Apache-2.0
// exec: standard streams, terminals, signals, descriptors, pid files.
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "support/exec.h"
#include "support/terminal.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

EXEC_TEST("exec: stdin is relayed to its end, stdout and stderr stay apart", "[exec][stdio]") {
    Bundle& b = bundle().idle();
    const auto c = run_detached(b);
    Options options;
    options.input = std::string(200000, 'x') + "end";
    // With and without the runtime in between.
    for (const char* user : {"0", "1000"}) {
        INFO(user);
        Result result = exec(c, {"sh", "-c", "cat; echo error >&2"}, {"--user", user}, options);
        REQUIRE_OK(result);
        CHECK(result.out == options.input);
        CHECK(result.err == "error\n");
    }
}

EXEC_TEST("exec: the streams belong to the program's user", "[exec][stdio]") {
    const auto c = run_detached(bundle().idle());
    Result result = exec(c, {"sh", "-c", "echo to-out > /proc/self/fd/1; stat -L -c %u /proc/self/fd/1"},
                         {"--user", "1000:1000"});
    REQUIRE_OK(result);
    CHECK(result.out == "to-out\n1000\n");
}

EXEC_TEST("exec: a program that leaves a child with its streams behind is not waited for", "[exec][stdio]") {
    if (is_old_runc()) return;  // waits for the end of the streams
    const auto c = run_detached(bundle().idle());
    Result result = exec(c, {"sh", "-c", "sleep 100 & echo done"}, {"--user", "1000"});
    CHECK(result.exit_code == 0);
    CHECK(result.out == "done\n");
    CHECK(result.seconds < 10 * time_scale());
}

EXEC_TEST("exec: signals to the runtime are forwarded to the program", "[exec][signals]") {
    const auto c = run_detached(bundle().idle());
    Process running = spawn_exec(c, {"/probe", "signal", "x"});
    REQUIRE(running.wait_for_output("ready"));
    for (int number : {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGCONT, SIGALRM}) {
        running.signal(number);
        CHECK(running.wait_for_output("got " + std::to_string(number) + "\n"));
    }
    running.signal(SIGUSR2);
    CHECK(running.wait().exit_code == 42);
    CHECK(status(c) == "running");
}

EXEC_TEST("exec: a program killed from outside gives 128 + SIGKILL", "[exec][signals]") {
    const auto c = run_detached(bundle().idle());
    const auto pid_file = temp("pid");
    Process running = spawn_exec(c, {"sh", "-c", "echo up; exec sleep 100"}, {"--pid-file", pid_file});
    REQUIRE(running.wait_for_output("up"));
    REQUIRE(wait_until([&] { return fs::exists(pid_file); }));
    REQUIRE(::kill(std::stoi(read_file(pid_file)), SIGKILL) == 0);
    CHECK(running.wait().exit_code == 137);
}

EXEC_TEST("exec -d: returns while the process runs, which is a child of the caller", "[exec][detach]") {
    const auto c = run_detached(bundle().idle());
    const auto pid_file = temp("pid");
    Result result = exec(c, {"sh", "-c", "exec sleep 100"}, {"--detach", "--pid-file", pid_file});
    REQUIRE_OK(result);
    const auto text = read_file(pid_file);
    const auto pid = static_cast<pid_t>(std::stoi(text));
    CHECK(text == std::to_string(pid));  // nothing behind the number
    CHECK(link_target("/proc/" + text + "/ns/pid") ==
          link_target("/proc/" + std::to_string(init_pid(c)) + "/ns/pid"));
    CHECK(::kill(pid, SIGTERM) == 0);
    CHECK(wait_for(pid) == 128 + SIGTERM);
}

EXEC_TEST("exec -d: the process has the caller's own streams", "[exec][detach][stdio]") {
    const auto c = run_detached(bundle().idle());
    Fd out = memory_file("out");
    Options options;
    options.stdout_fd = out.get();
    const auto pid = exec_detached(c, {"sh", "-c", "echo hello"}, {}, options);
    CHECK(wait_for(pid) == 0);
    CHECK(read_back(out) == "hello\n");
}

EXEC_TEST("exec: a pid file that cannot be written ends the process", "[exec][detach][errors]") {
    const auto c = run_detached(bundle().idle());
    CHECK_FAILS(exec(c, {"sh", "-c", "exec sleep 12345"}, {"--detach", "--pid-file", temp("no/such/dir")}),
                255, "no such file or directory");
    const auto processes = exec(c, {"ps"});
    CHECK(processes.out.find("12345") == std::string::npos);
}

EXEC_TEST("exec: only the three standard streams are open in the program", "[exec][fds][security]") {
    const auto c = run_detached(bundle().idle());
    CHECK(exec_probe(c, {"fds"})["fds"].size() == 3);
    Options options;
    std::vector<Fd> junk;
    for (int i = 0; i < 200; ++i) {
        junk.emplace_back(open(i % 2 ? "/" : "/etc/passwd", O_RDONLY));
        options.fds.emplace_back(junk.back().get(), 3 + i);
    }
    CHECK(exec_probe(c, {"fds"}, {}, options)["fds"].size() == 3);
}

EXEC_TEST("exec: --preserve-fds hands on the first ones and no more", "[exec][fds]") {
    const auto c = run_detached(bundle().idle());
    Pipe first = make_pipe(), second = make_pipe(), third = make_pipe();
    REQUIRE(write(first.write_end.get(), "one", 3) == 3);
    REQUIRE(write(second.write_end.get(), "two", 3) == 3);
    Options options;
    options.fds = {{first.read_end.get(), 3}, {second.read_end.get(), 4}, {third.read_end.get(), 5}};
    json facts = exec_probe(c, {"fds", "readfd", "3", "readfd", "4"}, {"--preserve-fds", "2"}, options);
    CHECK(facts["readfd 3"] == "one");
    CHECK(facts["readfd 4"] == "two");
    CHECK(facts["fds"].size() == 5);
    if (is_old_runc()) return;  // counts descriptors of its own as the caller's
    CHECK_FAILS(exec(c, {"true"}, {"--preserve-fds", "4"}, options), 255,
                "unable to stat preserved-fd 3 (of 4)");
}

EXEC_TEST("exec -t: the terminal goes to the console socket of a detached process", "[exec][terminal]") {
    Bundle& b = bundle().idle();
    const auto c = run_detached(b);
    DescriptorSocket console(temp("console.sock"));
    json process = process_object({"tty"});
    process["terminal"] = true;
    process["consoleSize"] = {{"height", 33}, {"width", 111}};
    const auto pid_file = temp("pid");
    REQUIRE_OK(
        exec_process(c, process, {"--detach", "--console-socket", console.path(), "--pid-file", pid_file}));
    auto message = console.receive();
    REQUIRE(message.fds.size() == 1);
    json tty = json::parse(read_until(message.fds[0], "}\r\n"))["tty"];
    CHECK(wait_for(std::stoi(read_file(pid_file))) == 0);
    CHECK(tty["stdin"] == true);
    CHECK(tty["controlling"] == true);
    CHECK(tty["rows"] == 33);
    CHECK(tty["cols"] == 111);
    CHECK_THAT(tty["name"].get<std::string>(), HasText("/dev/pts/"));
}

EXEC_TEST("exec -t: in the foreground the caller's terminal is relayed, resized and restored",
          "[exec][terminal]") {
    Bundle& b = bundle().idle();
    b.spec["process"]["terminal"] = false;
    const auto c = run_detached(b);
    Pty pty = open_pty();
    pty.resize(11, 22);
    termios before{};
    tcgetattr(pty.slave.get(), &before);
    Options options;
    options.stdin_fd = options.stdout_fd = options.stderr_fd = pty.slave.get();
    options.in_child = [] {
        setsid();
        ioctl(0, TIOCSCTTY, 0);
    };
    Process running = spawn_exec(c, {"/probe", "signal", "x"}, {"--tty"}, options);
    CHECK_THAT(pty.read_until("ready"), HasText("ready"));
    pty.resize(44, 55);
    CHECK_THAT(pty.read_until("size 44 55"), HasText("size 44 55"));
    running.signal(SIGUSR2);
    CHECK(running.wait().exit_code == 42);
    termios after{};
    tcgetattr(pty.slave.get(), &after);
    CHECK(after.c_lflag == before.c_lflag);
    CHECK(after.c_iflag == before.c_iflag);
}

EXEC_TEST("exec: a terminal and where it goes must fit together", "[exec][terminal][errors]") {
    Bundle& b = bundle().idle();
    const auto c = run_detached(b);
    DescriptorSocket console(temp("console.sock"));
    CHECK_FAILS(exec(c, {"true"}, {"--tty", "--detach"}), 255,
                "exec failed: cannot allocate tty if runc will detach without setting console socket");
    for (const auto& flags : {std::vector<std::string>{"--tty"}, std::vector<std::string>{"--detach"}}) {
        auto all = flags;
        all.insert(all.end(), {"--console-socket", console.path().string()});
        CHECK_FAILS(exec(c, {"true"}, all), 255,
                    "cannot use console socket if runc will not detach or allocate tty");
    }
    // config.json's wish is not exec's.
    b.spec["process"]["terminal"] = true;
    b.save();
    CHECK(exec(c, {"true"}).exit_code == 0);
}

EXEC_TEST("exec: the pidfd socket receives a pidfd of the process", "[exec][pidfd-socket]") {
    REQUIRES("pidfd-socket");
    const auto c = run_detached(bundle().idle());
    DescriptorSocket socket(temp("pidfd.sock"));
    const auto pid = exec_detached(c, {"sleep", "100"}, {"--pidfd-socket", socket.path()});
    auto message = socket.receive();
    REQUIRE(message.fds.size() == 1);
    CHECK(message.text == "setns");
    CHECK_THAT(read_file("/proc/self/fdinfo/" + std::to_string(message.fds[0].get())),
               HasText("Pid:\t" + std::to_string(pid) + "\n"));
    CHECK(::kill(pid, SIGKILL) == 0);
    CHECK(wait_for(pid) == 137);
}
