// SPDX-License-Identifier: Apache-2.0
// Foreground run: exit codes, signals, standard streams; descriptors handed on purpose and by systemd's
// protocols.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/sandbox.h"
#include "support/terminal.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

RUNTIME_TEST("run: exit codes are the program's", "[run]") {
    Bundle& b = bundle();
    for (int code : {0, 1, 2, 126, 127, 255}) {
        INFO(code);
        CHECK(run(b.sh("exit " + std::to_string(code))).exit_code == code);
    }
}

RUNTIME_TEST("run: a program killed from outside gives 128 + SIGKILL", "[run]") {
    Bundle& b = bundle().sh("echo up; exec sleep 100");
    Process running = spawn_run(b);
    REQUIRE(running.wait_for_output("up"));
    ::kill(state(last_id())["pid"], SIGKILL);
    CHECK(running.wait().exit_code == 137);
}

RUNTIME_TEST("run: death by another signal is reported too", "[run]") {
    // Without a pid namespace the program is an ordinary process and default actions apply.
    Bundle& b = bundle().share_host_pids().args({"/probe", "abort", "6"});
    expect_orphans();
    CHECK(run(b).exit_code == 134);
    CHECK(run(b.args({"/probe", "abort", "15"})).exit_code == 143);
}

RUNTIME_TEST("run and exec: a caller that ignores SIGCHLD gets the programs' exit codes", "[run][signals]") {
    // Inherited over exec; the kernel would then reap our children before we have asked for their status.
    const Options ignoring{.in_child = [] { ::signal(SIGCHLD, SIG_IGN); }};
    Bundle& b = bundle();
    CHECK(run(b.sh("exit 7"), {}, ignoring).exit_code == 7);
    const auto c = run_detached(b.idle(), {}, ignoring);
    CHECK(call({"exec", c, "/probe", "exit", "8"}, ignoring).exit_code == 8);
}

RUNTIME_TEST("run: signals to the runtime are forwarded to the program", "[run][signals]") {
    Bundle& b = bundle().idle();
    Process running = spawn_run(b);
    REQUIRE(running.wait_for_output("ready"));
    for (int number : {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGCONT, SIGALRM}) {
        running.signal(number);
        CHECK(running.wait_for_output("got " + std::to_string(number) + "\n"));
    }
    running.signal(SIGUSR2);
    CHECK(running.wait().exit_code == 42);
}

RUNTIME_TEST("run: SIGTERM to the runtime ends the program and gives its exit code", "[run][signals]") {
    Bundle& b = bundle().idle();
    Process running = spawn_run(b);
    REQUIRE(running.wait_for_output("ready"));
    running.signal(SIGTERM);
    CHECK(running.wait().exit_code == 0);
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("run: stdin is relayed to its end, stdout and stderr stay apart", "[run][stdio]") {
    Bundle& b = bundle().sh("cat; echo error >&2");
    Options options;
    options.input = std::string(200000, 'x') + "end";
    Result result = run(b, {}, options);
    REQUIRE_OK(result);
    CHECK(result.out == options.input);
    CHECK(result.err == "error\n");
}

RUNTIME_TEST("run: the streams belong to the program's user", "[run][stdio]") {
    Bundle& b = bundle().sh(
        "echo to-out > /proc/self/fd/1 && echo to-err > /proc/self/fd/2 && stat -L -c %u /proc/self/fd/1");
    b.spec["process"]["user"] = {{"uid", 1000}, {"gid", 1000}};
    Pipe out = make_pipe();
    Result result = run(b);
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    CHECK(result.out == "to-out\n1000\n");
    CHECK(result.err == "to-err\n");
}

RUNTIME_TEST("run: output that nobody reads to the end does not keep the runtime", "[run][stdio]") {
    Bundle& b = bundle().sh("head -c 300000 /dev/zero | tr '\\0' 'y'; echo done >&2");
    Result result = run(b);
    REQUIRE_OK(result);
    CHECK(result.out.size() == 300000);
    CHECK(result.err == "done\n");
}

RUNTIME_TEST("run: a closed stdin is an end of file", "[run][stdio]") {
    CHECK(probe(bundle(), {"stdin"})["stdin"] == "");
}

RUNTIME_TEST("run -d: the program has the caller's own streams", "[run][stdio]") {
    Bundle& b = bundle().sh("read line; echo \"<$line>\"; echo e >&2");
    Options options;
    options.input = "from the caller\n";
    std::string c = run_detached(b, {}, options);
    CHECK(wait_exit(c) == 0);
    CHECK(output(c) == "<from the caller>\n");
    CHECK(errors(c) == "e\n");
}

RUNTIME_TEST("run: /dev/null as stdio is the container's own", "[run][stdio]") {
    Bundle& b = bundle().sh("stat -L -c '%t:%T %d' /proc/self/fd/0 /dev/null >&2");
    Options options;
    Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    options.stdin_fd = options.stdout_fd = null.get();
    std::string c = run_detached(b, {}, options);
    CHECK(wait_exit(c) == 0);
    std::string text = errors(c);
    size_t half = text.size() / 2;
    CHECK(text.substr(0, half) == text.substr(half));
    CHECK(text.rfind("1:3 ", 0) == 0);
}

// ---- descriptors
// ----------------------------------------------------------------------------------------------------

RUNTIME_TEST("fds: only the three standard streams are open in the program", "[run][fds]") {
    json fds = probe(bundle(), {"fds"})["fds"];
    CHECK(fds.size() == 3);
    for (const char* number : {"0", "1", "2"})
        CHECK(fds.contains(number));
}

RUNTIME_TEST("fds: two hundred open descriptors of the caller do not reach the program",
             "[run][fds][security]") {
    Options options;
    std::vector<Fd> junk;
    for (int i = 0; i < 200; ++i) {
        junk.emplace_back(open(i % 2 ? "/" : "/etc/passwd", O_RDONLY));
        options.fds.emplace_back(junk.back().get(), 3 + i);
    }
    Bundle& b = bundle();
    CHECK(probe(b, {"fds"}, {}, options)["fds"].size() == 3);
    b.probe({"fds"});
    std::string c = create(b, {}, options);
    start(c);
    CHECK(wait_exit(c) == 0);
    CHECK(json::parse(output(c))["fds"].size() == 3);
}

RUNTIME_TEST("fds: --preserve-fds hands on the first ones and no more", "[run][fds]") {
    Bundle& b = bundle();
    Pipe first = make_pipe(), second = make_pipe(), third = make_pipe();
    REQUIRE(write(first.write_end.get(), "one", 3) == 3);
    REQUIRE(write(second.write_end.get(), "two", 3) == 3);
    Options options;
    options.fds = {{first.read_end.get(), 3}, {second.read_end.get(), 4}, {third.read_end.get(), 5}};
    json facts = probe(b, {"fds", "readfd", "3", "readfd", "4", "env"}, {"--preserve-fds", "2"}, options);
    CHECK(facts["readfd 3"] == "one");
    CHECK(facts["readfd 4"] == "two");
    CHECK(facts["fds"].size() == 5);
    for (const auto& entry : facts["env"])
        CHECK(entry.get<std::string>().rfind("LISTEN_", 0) != 0);

    b.probe({"fds", "readfd", "3"});
    REQUIRE(write(first.write_end.get(), "again", 5) == 5);
    std::string c = create(b, {"--preserve-fds=1"}, options);
    start(c);
    CHECK(wait_exit(c) == 0);
    facts = json::parse(output(c));
    CHECK(facts["readfd 3"] == "again");
    CHECK(facts["fds"].size() == 4);
}

RUNTIME_TEST("fds: a preserved descriptor that is not open is an error", "[run][fds][errors]") {
    if (is_old_runc()) return;  // counts descriptors of its own as the caller's
    Bundle& b = bundle().args({"true"});
    CHECK_FAILS(run(b, {"--preserve-fds", "2"}), 1, "unable to stat preserved-fd");
}

RUNTIME_TEST("fds: systemd's listening sockets come first, with LISTEN_FDS and LISTEN_PID", "[run][fds]") {
    Bundle& b = bundle();
    Pipe listening = make_pipe(), kept = make_pipe();
    REQUIRE(write(listening.write_end.get(), "socket", 6) == 6);
    REQUIRE(write(kept.write_end.get(), "kept", 4) == 4);
    Options options;
    options.fds = {{listening.read_end.get(), 3}, {kept.read_end.get(), 4}};
    options.env = {"LISTEN_FDS=1", "LISTEN_FDNAMES=web"};
    // LISTEN_PID must be the runtime's own pid, which is known only in the child: a shell sets it and becomes
    // the runtime.
    b.probe({"readfd", "3", "readfd", "4", "env", "fds"});
    b.save();
    std::string c = id();
    std::vector<std::string> argv = {"/bin/sh", "-c", "LISTEN_PID=$$; export LISTEN_PID; exec \"$@\"", "sh"};
    for (const auto& word : runtime().command({"run", "--preserve-fds", "1", "--bundle", b.dir(), c}))
        argv.push_back(word);
    Result result = execute(argv, options);
    REQUIRE_OK(result);
    json facts = json::parse(result.out);
    CHECK(facts["readfd 3"] == "socket");
    CHECK(facts["readfd 4"] == "kept");
    CHECK(facts["fds"].size() == 5);
    std::set<std::string> env = facts["env"];
    CHECK(env.count("LISTEN_FDS=1") == 1);
    CHECK(env.count("LISTEN_PID=1") == 1);
    CHECK(env.count("LISTEN_FDNAMES=web") == 0);
}

RUNTIME_TEST("fds: a LISTEN_FDS that promises more than there is hands out nothing of the runtime's",
             "[run][fds][security]") {
    Bundle& b = bundle().probe({"fds"});
    b.save();
    std::vector<std::string> argv = {"/bin/sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=9 exec \"$@\"", "sh"};
    for (const auto& word : runtime().command({"run", "--bundle", b.dir(), id()}))
        argv.push_back(word);
    Result result = execute(argv);
    INFO(describe(result));
    if (is_runcxx()) {
        CHECK(result.exit_code == 1);
        CHECK_THAT(plain_errors(result), HasText("LISTEN_FDS=9 but file descriptor 3 is not open"));
    } else if (result.exit_code == 0) {
        // runc passes numbers that are not open, or are its own by then.
        CHECK(json::parse(result.out)["fds"].size() >= 3);
    }
}

RUNTIME_TEST("fds: LISTEN_FDS meant for another process is ignored", "[run][fds]") {
    if (is_old_runc()) return;  // 1.1 did not look at LISTEN_PID for the descriptors
    Pipe other = make_pipe();
    Options options;
    options.fds = {{other.read_end.get(), 3}};
    options.env = {"LISTEN_FDS=1", "LISTEN_PID=1"};
    json facts = probe(bundle(), {"fds", "env"}, {}, options);
    CHECK(facts["fds"].size() == 3);
    for (const auto& entry : facts["env"])
        CHECK(entry.get<std::string>().rfind("LISTEN_", 0) != 0);
}

RUNTIME_TEST("fds: the init of a created container holds nothing of the caller and no directory of the host",
             "[run][fds][security]") {
    Fd junk(open("/", O_RDONLY));
    Options options;
    options.fds = {{junk.get(), 50}};
    std::string c = create(bundle().idle(), {}, options);
    std::string dir = "/proc/" + std::to_string(init_pid(c)) + "/fd";
    for (const auto& entry : fs::directory_iterator(dir)) {
        std::string target = link_target(entry.path());
        INFO(entry.path().filename() << " -> " << target);
        struct stat facts {};
        REQUIRE(stat(entry.path().c_str(), &facts) == 0);
        std::string number = entry.path().filename();
        CHECK(number != "50");
        if (number == "0" || number == "1" || number == "2") continue;
        bool anonymous = target.rfind("anon_inode:", 0) == 0 || target.rfind("pipe:", 0) == 0 ||
                         target.rfind("socket:", 0) == 0 || target.rfind("/memfd:", 0) == 0;
        bool fifo = S_ISFIFO(facts.st_mode);
        // A handle of procfs is the container's own or has nothing but processes.
        bool procfs = target == "/" || target == "/proc" || target.rfind("/proc/", 0) == 0 ||
                      target.rfind("/1/", 0) == 0;
        bool sealed_exe = target == "/" + runtime_identity().name;
        CHECK((anonymous || fifo || (procfs && !S_ISREG(facts.st_mode)) || sealed_exe || is_old_runc()));
        if (target == "/" && S_ISDIR(facts.st_mode)) {
            struct stat root {};
            stat("/", &root);
            CHECK_FALSE((facts.st_dev == root.st_dev && facts.st_ino == root.st_ino));
        }
    }
}

// ---- sd_notify
// ------------------------------------------------------------------------------------------------------

RUNTIME_TEST("notify: READY of the program reaches the caller's NOTIFY_SOCKET with MAINPID",
             "[run][notify]") {
    DatagramSocket host(temp("notify.sock"));
    Options options;
    options.env = {"NOTIFY_SOCKET=" + temp("notify.sock").string()};
    Bundle& b = bundle().args({"/probe", "env", "notify", "/run/notify/notify.sock", "sleep", "1"});
    b.save();
    std::string c = id();
    fs::path pid_file = temp("pid");
    Fd out = memory_file("out");
    options.stdout_fd = out.get();
    Process running = runtime().spawn({"run", "-d", "--pid-file", pid_file, "--bundle", b.dir(), c}, options);
    std::string all;
    for (int i = 0; i < 3 && all.find("MAINPID") == std::string::npos; ++i)
        all += host.receive(5);
    while (running.running() && !host.receive(0.2).empty()) {
    }
    CHECK_THAT(all, HasText("READY=1\n"));
    CHECK_THAT(all, HasText("MAINPID="));
    Result result = running.wait();
    CHECK(result.exit_code == 0);
    CHECK_THAT(all, HasText("MAINPID=" + read_file(pid_file)));
    expect_orphans();
    CHECK(wait_until([&] { return status(c) == "stopped"; }));
    CHECK_THAT(read_back(out), HasText("\"NOTIFY_SOCKET=/run/notify/notify.sock\""));
}

RUNTIME_TEST("notify: create with NOTIFY_SOCKET puts the socket's directory into the container, start relays",
             "[run][notify]") {
    DatagramSocket host(temp("notify.sock"));
    Options options;
    options.env = {"NOTIFY_SOCKET=" + temp("notify.sock").string()};
    Bundle& b = bundle().args({"/probe", "notify", "/run/notify/notify.sock", "mounts", "signal", "x"});
    std::string c = create(b, {}, options);
    Process starting = runtime().spawn({"start", c}, options);
    std::string all = host.receive(5);
    CHECK_THAT(all, HasText("READY=1"));
    // Answer the barrier, if there is one.
    while (starting.running() && !host.receive(0.2).empty()) {
    }
    CHECK(starting.wait().exit_code == 0);
}
