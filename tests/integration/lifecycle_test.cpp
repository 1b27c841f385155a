// SPDX-License-Identifier: Apache-2.0
// create, start and run as steps of a container's life: what they return, which state they accept, what they leave behind.
// The other commands have files of their own; how run treats streams, signals and descriptors is in run_test.cpp.
#include <sys/resource.h>
#include <sys/stat.h>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

RUNTIME_TEST("lifecycle: create, start, kill and delete lead through created, running, stopped and nothing",
             "[lifecycle]") {
    Bundle& b = bundle().idle();
    std::string c = create(b);
    CHECK(status(c) == "created");
    // Nothing of the program has run: the init waits on the fifo.
    CHECK(output(c).empty());
    CHECK(fs::exists(state_root() / c / "exec.fifo"));

    start(c);
    CHECK(status(c) == "running");
    CHECK_FALSE(fs::exists(state_root() / c / "exec.fifo"));
    CHECK(wait_until([&] { return output(c) == "ready\n"; }));

    kill(c, "TERM");
    CHECK(wait_exit(c) == 0);
    CHECK(status(c) == "stopped");
    remove(c);
    CHECK(status(c).empty());
    CHECK_FALSE(fs::exists(state_root() / c));
}

RUNTIME_TEST("start: refuses a container that runs", "[lifecycle][start]") {
    std::string c = run_detached(bundle().idle());
    CHECK_FAILS(call({"start", c}), 1, "cannot start an already running container");
}

RUNTIME_TEST("start: the program's own exit code reaches the subreaper", "[lifecycle][start]") {
    std::string c = create(bundle().sh("exit 7"));
    start(c);
    CHECK(wait_exit(c) == 7);
}

RUNTIME_TEST("create: the init is a direct child of the caller's subreaper and its pid is the host's",
             "[lifecycle]") {
    std::string c = create(bundle().idle());
    std::string stat = read_file("/proc/" + std::to_string(init_pid(c)) + "/stat");
    // Behind the name and the state, which may be running still: it is on its way to the fifo.
    CHECK(stat.substr(stat.rfind(')') + 4).starts_with(std::to_string(getpid()) + " "));
    CHECK(state(c)["pid"] == init_pid(c));
}

RUNTIME_TEST("create: refuses an id that is in use and leaves its owner alone", "[lifecycle]") {
    Bundle& b = bundle().idle();
    std::string c = run_detached(b);
    CHECK_FAILS(call({"create", "--bundle", b.dir(), c}), 1, "container with given ID already exists");
    CHECK(status(c) == "running");
    CHECK_FAILS(call({"run", "--bundle", b.dir(), c}), 1, "container with given ID already exists");
    CHECK(status(c) == "running");
}

RUNTIME_TEST("create: an empty directory in the state root counts as the id's owner", "[lifecycle]") {
    Bundle& b = bundle().idle();
    b.save();
    std::string c = id();
    fs::create_directory(state_root() / c);
    CHECK_FAILS(call({"create", "--bundle", b.dir(), c}), 1, "container with given ID already exists");
    CHECK(fs::exists(state_root() / c));
    CHECK_FAILS(call({"state", c}), 1, "container does not exist");
}

RUNTIME_TEST("create: ids outside [A-Za-z0-9_+.-], and . and .., are refused", "[lifecycle]") {
    Bundle& b = bundle().idle();
    b.save();
    for (const char* bad : {"a/b", "a b", "a:b", ".", "..", "ä", "a\nb", "../x"}) {
        INFO(bad);
        Result result = call({"create", "--bundle", b.dir(), bad});
        CHECK(result.exit_code == 1);
        CHECK_THAT(plain_errors(result),
                   HasText("invalid container ID format") || HasText("invalid id format"));
    }
    CHECK_FAILS(call({"create", "--bundle", b.dir(), ""}), 1, "container id cannot be empty");
    CHECK(fs::is_empty(state_root()));
}

RUNTIME_TEST("create: ids with every legal character work", "[lifecycle]") {
    Bundle& b = bundle().idle();
    b.save();
    // A name of a unit has no plus sign.
    std::string c = id() + (uses_systemd_driver() ? "_A.b.c-9" : "_A+b.c-9");
    REQUIRE_OK(call({"create", "--bundle", b.dir(), "--pid-file", temp("pid"), c}));
    CHECK(status(c) == "created");
    CHECK_FALSE(call({"delete", "--force", c}).exit_code);
    expect_orphans();
}

RUNTIME_TEST("every command of an unknown container says that it does not exist", "[lifecycle]") {
    for (const char* verb : {"state", "start", "kill", "delete"}) {
        INFO(verb);
        CHECK_FAILS(call({verb, "nosuch"}), 1, "container does not exist");
    }
}

RUNTIME_TEST("run: removes the container at the end, --keep keeps it", "[lifecycle][run]") {
    Bundle& b = bundle().sh("exit 3");
    Result result = run(b);
    CHECK(result.exit_code == 3);
    CHECK(status(last_id()).empty());

    result = run(b, {"--keep"});
    CHECK(result.exit_code == 3);
    CHECK(status(last_id()) == "stopped");
    remove(last_id());
}

RUNTIME_TEST("run --detach returns while the program runs", "[lifecycle][run]") {
    Bundle& b = bundle().sh("sleep 0.5; echo done; exit 5");
    std::string c = run_detached(b);
    CHECK(status(c) == "running");
    CHECK(wait_exit(c) == 5);
    CHECK(output(c) == "done\n");
}

RUNTIME_TEST("run: the bundle defaults to the working directory", "[lifecycle][run]") {
    Bundle& b = bundle().sh("echo from here");
    b.save();
    Options options;
    options.cwd = b.dir();
    Result result = call({"run", id()}, options);
    REQUIRE_OK(result);
    CHECK(result.out == "from here\n");
}

RUNTIME_TEST("run: a relative bundle path is resolved against the caller's directory", "[lifecycle][run]") {
    Bundle& b = bundle().idle();
    b.save();
    Options options;
    options.cwd = b.dir().parent_path();
    std::string c = id();
    REQUIRE_OK(call({"create", "--pid-file", temp("pid"), "-b", b.dir().filename(), c}, options));
    CHECK(state(c)["bundle"] == b.dir().string());
    REQUIRE_OK(call({"delete", c}));
    expect_orphans();
}

RUNTIME_TEST("run: a root path that is absolute is used as it is", "[lifecycle][run]") {
    Bundle& b = bundle().sh("echo inside");
    b.spec["root"]["path"] = b.rootfs().string();
    Result result = run(b);
    REQUIRE_OK(result);
    CHECK(result.out == "inside\n");
}

RUNTIME_TEST("run: two hundred bytes of id are fine", "[lifecycle]") {
    Bundle& b = bundle().sh("exit 0");
    b.save();
    std::string c = id() + std::string(180, 'x');
    CHECK(call({"run", "--bundle", b.dir(), c}).exit_code == 0);
}

RUNTIME_TEST("run -d: --pid-file holds the host pid without a newline and is replaced atomically",
             "[lifecycle][pid-file]") {
    std::string c = run_detached(bundle().idle());
    std::string text = read_file(temp(c + ".pid"));
    CHECK(text == std::to_string(state(c)["pid"].get<int>()));
    // The temporary name beside it is gone.
    CHECK_FALSE(fs::exists(temp("." + c + ".pid")));
}

RUNTIME_TEST("create: --pid-file is relative to the caller's directory, not to the bundle",
             "[lifecycle][pid-file]") {
    Bundle& b = bundle().idle();
    b.save();
    fs::create_directory(temp("elsewhere"));
    Options options;
    options.cwd = temp("elsewhere");
    std::string c = id();
    REQUIRE_OK(call({"create", "--bundle", b.dir(), "--pid-file", "my.pid", c}, options));
    CHECK(read_file(temp("elsewhere/my.pid")) == std::to_string(state(c)["pid"].get<int>()));
    REQUIRE_OK(call({"delete", "--force", c}));
    expect_orphans();
}

RUNTIME_TEST("create: a pid file that cannot be written fails the create and leaves nothing",
             "[lifecycle][pid-file][rollback]") {
    Bundle& b = bundle().idle();
    b.save();
    std::string c = id();
    Result result = call({"create", "--bundle", b.dir(), "--pid-file", temp("no/such/dir/pid"), c});
    CHECK(result.exit_code == 1);
    CHECK(status(c).empty());
}

RUNTIME_TEST("create: a pid file does not take the place of what is no file",
             "[lifecycle][pid-file][rollback]") {
    if (!is_runcxx()) return;  // runc replaces /dev/null, if it is told to
    Bundle& b = bundle().idle();
    b.save();
    REQUIRE(mkfifo(temp("fifo").c_str(), 0600) == 0);
    std::string c = id();
    CHECK_FAILS(call({"create", "--bundle", b.dir(), "--pid-file", temp("fifo"), c}), 1,
                "is no regular file");
    CHECK(fs::is_fifo(temp("fifo")));
    CHECK(status(c).empty());
}

RUNTIME_TEST("create: a limit on the size of files is an error, not the runtime's death",
             "[lifecycle][rollback]") {
    const Options limited{.in_child = [] {
        const rlimit none{0, 0};
        setrlimit(RLIMIT_FSIZE, &none);
    }};
    CHECK(try_create(bundle().idle(), {}, limited).exit_code == 1);
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("create: the state directory and its files have runc's modes", "[lifecycle][state]") {
    std::string c = create(bundle().idle());
    struct stat facts {};
    REQUIRE(stat((state_root() / c).c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0711);
    REQUIRE(stat((state_root() / c / "exec.fifo").c_str(), &facts) == 0);
    CHECK(S_ISFIFO(facts.st_mode));
    // runc's init opens it by its path as the container's user; ours inherits a handle.
    CHECK((facts.st_mode & 07777) == (is_runcxx() ? 0600 : 0622));
    REQUIRE(stat((state_root() / c / "state.json").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0600);
}
