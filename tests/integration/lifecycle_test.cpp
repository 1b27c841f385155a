// SPDX-License-Identifier: Apache-2.0
// create, start, run, state, kill, delete, list: what they print, what they return, which state they accept.
#include <signal.h>
#include <sys/stat.h>

#include <chrono>

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

RUNTIME_TEST(
    "state: prints the runtime-spec's JSON in runc's order, indented by two, without a final newline",
    "[lifecycle][state]") {
    Bundle& b = bundle().idle();
    b.spec["annotations"] = {{"com.example.key", "value = with = signs"}};
    std::string c = run_detached(b);
    Result result = call({"state", c});
    REQUIRE_OK(result);
    CHECK(result.out.back() == '}');
    CHECK(result.out.rfind("{\n  \"ociVersion\": \"", 0) == 0);
    auto order = nlohmann::ordered_json::parse(result.out);
    std::vector<std::string> keys;
    for (const auto& item : order.items())
        keys.push_back(item.key());
    CHECK(keys == std::vector<std::string>{"ociVersion", "id", "pid", "status", "bundle", "rootfs", "created",
                                           "annotations", "owner"});
    json state = json::parse(result.out);
    CHECK(state["id"] == c);
    CHECK(state["pid"] == init_pid(c));
    CHECK(state["status"] == "running");
    CHECK(state["bundle"] == b.dir().string());
    CHECK(state["rootfs"] == b.rootfs().string());
    CHECK(state["annotations"]["com.example.key"] == "value = with = signs");
    CHECK(state["owner"] == "");
    // RFC 3339 in UTC.
    std::string created = state["created"];
    CHECK(created[10] == 'T');
    CHECK(created.back() == 'Z');

    kill(c);
    CHECK(wait_exit(c) == 137);
    json stopped = this->state(c);
    CHECK(stopped["pid"] == 0);
    CHECK(stopped["status"] == "stopped");
}

RUNTIME_TEST("state: has no annotations key when the bundle has none", "[lifecycle][state]") {
    std::string c = create(bundle().idle());
    CHECK_FALSE(state(c).contains("annotations"));
}

RUNTIME_TEST("state: a container whose first thread has ended runs as long as others do",
             "[lifecycle][state]") {
    REQUIRES("pidfs");
    std::string c = run_detached(bundle().args({"/probe", "first-thread-ends", "1000"}));
    const auto init = std::to_string(init_pid(c));
    REQUIRE(
        wait_until([&] { return read_file("/proc/" + init + "/stat").find(") Z ") != std::string::npos; }));
    CHECK(status(c) == "running");
    kill(c);
    CHECK(wait_exit(c) == 137);
    CHECK(status(c) == "stopped");
}

RUNTIME_TEST("state: a container whose init was killed behind the runtime's back is stopped",
             "[lifecycle][state]") {
    std::string c = run_detached(bundle().idle());
    ::kill(init_pid(c), SIGKILL);
    CHECK(wait_until([&] { return status(c) == "stopped"; }));
    CHECK(wait_exit(c) == 137);
    remove(c);
}

RUNTIME_TEST("state: a created container whose init was killed is stopped and cannot be started",
             "[lifecycle][state]") {
    std::string c = create(bundle().idle());
    ::kill(init_pid(c), SIGKILL);
    CHECK(wait_exit(c) == 137);
    CHECK(status(c) == "stopped");
    CHECK_FAILS(call({"start", c}), 1, "cannot start a container that has stopped");
    remove(c);
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

RUNTIME_TEST("delete: refuses a running container, --force ends it", "[lifecycle][delete]") {
    std::string c = run_detached(bundle().idle());
    CHECK_FAILS(call({"delete", c}), 1, "cannot delete container " + c + " that is not stopped: running");
    CHECK(status(c) == "running");
    REQUIRE_OK(call({"delete", "--force", c}));
    CHECK(status(c).empty());
    CHECK(wait_exit(c) == 137);
}

RUNTIME_TEST("delete: a created container is killed and deleted without --force", "[lifecycle][delete]") {
    std::string c = create(bundle().idle());
    remove(c);
    CHECK(status(c).empty());
    CHECK(wait_exit(c) == 137);
}

RUNTIME_TEST("delete: what does not exist is an error, and with --force it is not", "[lifecycle][delete]") {
    CHECK_FAILS(call({"delete", "nosuch"}), 1, "container does not exist");
    Result forced = call({"delete", "--force", "nosuch"});
    CHECK(forced.exit_code == 0);
    CHECK(forced.err.empty());
    CHECK(forced.out.empty());
}

RUNTIME_TEST("delete: an orphaned state directory is removed, and only --force calls that success",
             "[lifecycle][delete]") {
    fs::create_directory(state_root() / "orphan");
    CHECK_FAILS(call({"delete", "orphan"}), 1, "container does not exist");
    CHECK_FALSE(fs::exists(state_root() / "orphan"));
    fs::create_directory(state_root() / "orphan");
    CHECK(call({"delete", "-f", "orphan"}).exit_code == 0);
    CHECK_FALSE(fs::exists(state_root() / "orphan"));
}

RUNTIME_TEST("delete: the cgroups of the container are gone", "[lifecycle][delete][cgroups]") {
    std::string c = run_detached(bundle().idle());
    auto count = [&] {
        int found = 0;
        for (const auto& dir : HostSnapshot::take().cgroups)
            found += dir.ends_with("/" + c) || dir.ends_with("/runc-" + c + ".scope");
        return found;
    };
    CHECK(count() > 0);
    kill(c);
    wait_exit(c);
    remove(c);
    CHECK(count() == 0);
}

RUNTIME_TEST("delete: a live container is gone within a second", "[lifecycle][delete]") {
    std::string c = run_detached(bundle().idle());
    Result result = call({"delete", "--force", c});
    REQUIRE_OK(result);
    CHECK(result.seconds < 1 * time_scale());
}

RUNTIME_TEST("kill: takes names with and without SIG in any case, and numbers", "[lifecycle][kill]") {
    std::string c = run_detached(bundle().idle());
    REQUIRE(wait_until([&] { return output(c) == "ready\n"; }));
    kill(c, "SIGUSR1");
    kill(c, "hup");
    kill(c, "SigInt");
    kill(c, "3");
    CHECK(wait_until([&] { return output(c).find("got 3") != std::string::npos; }));
    for (const char* line : {"got 10\n", "got 1\n", "got 2\n", "got 3\n"})
        CHECK_THAT(output(c), HasText(line));
    REQUIRE_OK(call({"kill", c}));
    CHECK(wait_exit(c) == 0);
    CHECK_THAT(output(c), HasText("got 15\n"));
}

RUNTIME_TEST("kill: an unknown signal is named, after the container was found", "[lifecycle][kill]") {
    std::string c = run_detached(bundle().idle());
    CHECK_FAILS(call({"kill", c, "FOO"}), 1, "unknown signal \"FOO\"");
    CHECK_FAILS(call({"kill", "nosuch", "FOO"}), 1, "container does not exist");
}

RUNTIME_TEST("kill: a created container can be killed", "[lifecycle][kill]") {
    std::string c = create(bundle().idle());
    kill(c);
    CHECK(wait_exit(c) == 137);
    CHECK(status(c) == "stopped");
}

RUNTIME_TEST("kill: a stopped container is an error that callers recognise, and --all makes it success",
             "[lifecycle][kill]") {
    std::string c = run_detached(bundle().idle());
    kill(c);
    wait_exit(c);
    CHECK_FAILS(call({"kill", c, "KILL"}), 1, "container not running");
    CHECK(call({"kill", "--all", c, "KILL"}).exit_code == 0);
    CHECK(call({"kill", "-a", c, "9"}).exit_code == 0);
}

RUNTIME_TEST("kill: SIGKILL reaches every process of a container that shares the host's pid namespace",
             "[lifecycle][kill][cgroups]") {
    expect_orphans();
    Bundle& b = bundle().share_host_pids().sh("sleep 1000 & sleep 1000 & echo started; wait");
    std::string c = run_detached(b);
    REQUIRE(wait_until([&] { return output(c) == "started\n"; }));
    // runc before 1.2 kills only init unless told --all.
    if (is_old_runc())
        REQUIRE_OK(call({"kill", "--all", c, "KILL"}));
    else
        kill(c);
    CHECK(wait_until([&] {
        reap();
        for (const auto& child : HostSnapshot::take().children)
            if (child.find("(sleep)") != std::string::npos || child.find("(busybox)") != std::string::npos)
                return false;
        return true;
    }));
    CHECK(wait_until([&] { return status(c) == "stopped"; }));
    remove(c);
}

RUNTIME_TEST(
    "delete --force ends every process of a container that shares the host's pid namespace, init dead or not",
    "[lifecycle][delete][cgroups]") {
    expect_orphans();
    Bundle& b = bundle().share_host_pids().sh("sleep 1000 & sleep 1000 & echo started; wait");
    std::string c = run_detached(b);
    REQUIRE(wait_until([&] { return output(c) == "started\n"; }));
    ::kill(init_pid(c), SIGKILL);
    CHECK(wait_until([&] {
        reap();
        return status(c) == "stopped";
    }));
    REQUIRE_OK(call({"delete", "--force", c}));
    CHECK(wait_until([&] {
        reap();
        return HostSnapshot::take().children.empty();
    }));
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

// ---- list
// -----------------------------------------------------------------------------------------------------------

RUNTIME_TEST("list: an empty root prints the header, null or nothing", "[lifecycle][list]") {
    Result table = call({"list"});
    REQUIRE_OK(table);
    CHECK(table.out == "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
    Result as_json = call({"list", "--format", "json"});
    REQUIRE_OK(as_json);
    CHECK(trimmed(as_json.out) == "null");
    CHECK(call({"list", "-q"}).out.empty());
}

RUNTIME_TEST("list: shows every container as table, JSON and ids", "[lifecycle][list][root]") {
    Bundle& b = bundle().idle();
    std::string created = create(b), running = run_detached(b), stopped = run_detached(b);
    kill(stopped);
    wait_exit(stopped);

    Result as_json = call({"list", "-f", "json"});
    REQUIRE_OK(as_json);
    CHECK(as_json.out.find('\n') == as_json.out.size() - 1);
    json entries = json::parse(as_json.out);
    REQUIRE(entries.size() == 3);
    std::map<std::string, json> by_id;
    for (const auto& entry : entries)
        by_id[entry["id"]] = entry;
    CHECK(by_id[created]["status"] == "created");
    CHECK(by_id[running]["status"] == "running");
    CHECK(by_id[running]["pid"] == init_pid(running));
    CHECK(by_id[running]["bundle"] == b.dir().string());
    CHECK(by_id[running]["owner"] == "root");
    CHECK(by_id[stopped]["status"] == "stopped");
    CHECK(by_id[stopped]["pid"] == 0);

    Result quiet = call({"list", "--quiet"});
    REQUIRE_OK(quiet);
    CHECK_THAT(quiet.out, HasText(created + "\n") && HasText(running + "\n") && HasText(stopped + "\n"));
    // -q wins over the format.
    CHECK(call({"list", "-q", "-f", "json"}).out == quiet.out);

    Result table = call({"list"});
    REQUIRE_OK(table);
    CHECK(table.out.rfind("ID", 0) == 0);
    CHECK_THAT(table.out, HasText(running) && HasText("running") && HasText("stopped") &&
                              HasText("created") && HasText(b.dir().string()) && HasText("root\n"));
    size_t column = table.out.find("STATUS");
    size_t line = table.out.find(running);
    CHECK(table.out.compare(line + column, 7, "running") == 0);
}

RUNTIME_TEST("delete --force: a damaged state.json is no obstacle, the record of intent is enough",
             "[lifecycle][delete][cgroups]") {
    REQUIRES("intent-record");
    for (const char* damage : {"", "{", "{}"}) {
        std::string c = create(bundle().idle());
        write_file(state_root() / c / "state.json", damage);
        CHECK_FAILS(call({"delete", c}), 1, "state.json cannot be used");
        REQUIRE_OK(call({"delete", "--force", c}));
        CHECK_FALSE(fs::exists(state_root() / c));
        CHECK(wait_exit(c) == 128 + SIGKILL);
    }
}

RUNTIME_TEST("delete --force: with a damaged state.json and no cgroup it says that processes live on",
             "[lifecycle][delete]") {
    REQUIRES("intent-record");
    Options no_cgroup;
    no_cgroup.global = {"--cgroup-manager=disabled"};
    std::string c = create(bundle().idle(), {}, no_cgroup);
    write_file(state_root() / c / "state.json", "{");
    Result result = call({"delete", "--force", c});
    REQUIRE_OK(result);
    CHECK_THAT(plain_errors(result),
               HasText("has no cgroup: if processes of it are left, they cannot be found and live on"));
    CHECK_FALSE(fs::exists(state_root() / c));
    CHECK(::kill(init_pid(c), SIGKILL) == 0);
    CHECK(wait_exit(c) == 128 + SIGKILL);
}

RUNTIME_TEST("list: a bad format is an error", "[lifecycle][list]") {
    CHECK_FAILS(call({"list", "--format", "yaml"}), 1, "invalid format option");
}

RUNTIME_TEST("list: an unreadable entry is reported and the rest is listed", "[lifecycle][list]") {
    std::string c = create(bundle().idle());
    fs::create_directory(state_root() / "broken");
    write_file(state_root() / "broken/state.json", "{");
    write_file(state_root() / "a-file", "");
    Result result = call({"list", "-q"});
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, HasText(c));
    CHECK_THAT(plain_errors(result), HasText("load container broken: "));
    fs::remove_all(state_root() / "broken");
    fs::remove(state_root() / "a-file");
}

RUNTIME_TEST("list: a missing root that was asked for is an error", "[lifecycle][list]") {
    Result result = execute({runtime_identity().path, "--root", temp("nowhere"), "list"});
    // Before 1.2 runc made the directory's absence an empty list.
    if (is_old_runc())
        CHECK(result.exit_code <= 1);
    else
        CHECK_FAILS(result, 1, "no such file or directory");
}

RUNTIME_TEST("list: a fifo in the place of a record holds nobody up", "[lifecycle][list]") {
    if (!is_runcxx()) return;
    std::string c = run_detached(bundle().idle());
    const auto broken = runtime().root() / "broken";
    fs::create_directory(broken);
    REQUIRE(mkfifo((broken / "state.json").c_str(), 0600) == 0);
    Result result = call({"list", "--quiet"});
    REQUIRE_OK(result);
    CHECK(result.out == c + "\n");
    CHECK_THAT(result.err, HasText("load container broken: "));
    fs::remove_all(broken);
}
