// SPDX-License-Identifier: Apache-2.0
// Options that callers of crun use: --cgroup-manager, --config, --log to a service, --log-level.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

Options with(std::vector<std::string> global) {
    Options options;
    options.global = std::move(global);
    return options;
}

// A log service: a datagram socket, and a runtime that sees it under another path, and nothing else of the directory
// on which a file system is mounted for it.
class LogService {
public:
    LogService(fs::path socket, fs::path seen_below, fs::path seen_as)
        : socket_(std::move(socket)),
          seen_below_(std::move(seen_below)),
          seen_as_(std::move(seen_as)),
          fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, socket_.c_str(), sizeof address.sun_path - 1);
        if (bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            throw std::system_error(errno, std::generic_category(), "bind " + socket_.string());
        reader_ = std::jthread([this](const std::stop_token& stop) {
            pollfd entry{fd_.get(), POLLIN, 0};
            while (!stop.stop_requested())
                if (poll(&entry, 1, 20) == 1) take();
        });
    }

    Options options(std::vector<std::string> global) const {
        auto options = with(std::move(global));
        options.in_child = [this] { show(); };
        return options;
    }

    // The records that have arrived since the last call.
    std::vector<std::string> records() {
        take();
        const std::scoped_lock lock(mutex_);
        return std::exchange(records_, {});
    }

private:
    // All the while: the kernel lets no more than net.unix.max_dgram_qlen wait, which may be 10.
    void take() {
        const std::scoped_lock lock(mutex_);
        std::vector<char> buffer(1U << 18);
        for (ssize_t size; (size = recv(fd_.get(), buffer.data(), buffer.size(), 0)) > 0;)
            records_.emplace_back(buffer.data(), static_cast<std::size_t>(size));
    }

    void show() const {
        std::error_code error;
        const bool is_covered = unshare(CLONE_NEWNS) == 0 &&
                                mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                                mount("tmpfs", seen_below_.c_str(), "tmpfs", 0, nullptr) == 0;
        fs::create_directories(seen_as_.parent_path(), error);
        close(open(seen_as_.c_str(), O_WRONLY | O_CREAT, 0600));
        if (!is_covered || mount(socket_.c_str(), seen_as_.c_str(), nullptr, MS_BIND, nullptr) != 0)
            _exit(99);
    }

    fs::path socket_, seen_below_, seen_as_;
    Fd fd_;
    std::mutex mutex_;
    std::vector<std::string> records_;
    std::jthread reader_;
};

}  // namespace

// ---- --cgroup-manager

RUNTIME_TEST("--cgroup-manager=disabled: the container stays in the caller's cgroups and lives without one",
             "[crun-options][cgroups]") {
    REQUIRES("crun-options");
    Bundle& b = bundle().sh("sleep 1000 & echo started; wait");
    b.spec["linux"]["cgroupsPath"] = "/rxt-not-used";
    auto options = with({"--cgroup-manager=disabled"});
    const auto before = HostSnapshot::take().cgroups;
    std::string c = run_detached(b, {}, options);
    REQUIRE(wait_until([&] { return output(c) == "started\n"; }));
    CHECK(HostSnapshot::take().cgroups == before);
    CHECK(read_file("/proc/" + std::to_string(init_pid(c)) + "/cgroup") == read_file("/proc/self/cgroup"));
    CHECK(errors(c).empty());

    // Later commands know it from the record.
    CHECK(status(c) == "running");
    const auto pids = json::parse(call({"ps", "--format", "json", c}).out);
    REQUIRE(pids.size() == 2);
    CHECK(pids[0] == init_pid(c));
    CHECK_FAILS(call({"pause", c}), 1, "cannot toggle freezer: cgroups not configured for container");
    CHECK_FAILS(call({"delete", c}), 1, "that is not stopped: running");
    REQUIRE_OK(call({"kill", c, "KILL"}));
    CHECK(wait_exit(c) == 137);
    CHECK(status(c) == "stopped");
    CHECK(call({"ps", "--format", "json", c}).out == "null\n");
    REQUIRE_OK(call({"delete", c}));
}

RUNTIME_TEST("--cgroup-manager=disabled: create, start and delete --force work, and limits are a warning",
             "[crun-options][cgroups]") {
    REQUIRES("crun-options");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["pids"] = {{"limit", 100}};
    std::string c = create(b, {}, with({"--cgroup-manager", "disabled"}));
    CHECK_THAT(errors(c), HasText("without a cgroup the limits of linux.resources are not applied"));
    start(c);
    REQUIRE(wait_until([&] { return output(c) == "ready\n"; }));
    const pid_t init = init_pid(c);
    REQUIRE_OK(call({"delete", "--force", c}));
    CHECK(wait_exit(c) == 137);
    CHECK(::kill(init, 0) != 0);
}

RUNTIME_TEST("--cgroup-manager=disabled: without a pid namespace SIGKILL is for init, and says so",
             "[crun-options][kill]") {
    REQUIRES("crun-options");
    expect_orphans();
    Bundle& b = bundle().share_host_pids().sh("sleep 1000 & echo started; wait");
    std::string c = run_detached(b, {}, with({"--cgroup-manager=disabled"}));
    REQUIRE(wait_until([&] { return output(c) == "started\n"; }));
    const auto pids = json::parse(call({"ps", "--format", "json", c}).out);
    REQUIRE(pids.size() == 2);
    Result result = call({"kill", c, "KILL"});
    REQUIRE_OK(result);
    CHECK_THAT(plain_errors(result), HasText("only init is killed: "));
    CHECK(wait_until([&] { return status(c) == "stopped"; }));
    ::kill(pids[1].get<pid_t>(), SIGKILL);
    REQUIRE_OK(call({"delete", c}));
}

RUNTIME_TEST("--cgroup-manager: cgroupfs is the default, and an unknown one is refused",
             "[crun-options][cgroups]") {
    REQUIRES("crun-options");
    std::string c = create(bundle().idle(), {}, with({"--cgroup-manager=cgroupfs"}));
    CHECK_THAT(read_file("/proc/" + std::to_string(init_pid(c)) + "/cgroup"), HasText("/" + c + "\n"));
    Result result = try_create(bundle().idle(), {}, with({"--cgroup-manager=cgroups"}));
    CHECK_FAILS(result, 1, "invalid cgroup-manager: cgroups");
}

// ---- --config

RUNTIME_TEST("--config: create and run take the configuration from there, relative to the caller's directory",
             "[crun-options][config]") {
    REQUIRES("crun-options");
    Bundle& b = bundle().sh("echo from elsewhere");
    b.save();
    fs::create_directory(temp("elsewhere"));
    fs::rename(b.dir() / "config.json", temp("elsewhere/my.json"));
    Options options;
    options.cwd = temp("elsewhere");
    Result result = call({"run", "--bundle", b.dir(), "--config", "my.json", id()}, options);
    REQUIRE_OK(result);
    CHECK(result.out == "from elsewhere\n");

    std::string c = id();
    expect_orphans();
    REQUIRE_OK(call({"create", "-b", b.dir(), "--config=" + temp("elsewhere/my.json").string(), c}));
    CHECK(state(c)["bundle"] == b.dir().string());
    CHECK(state(c)["rootfs"] == b.rootfs().string());
    // exec takes what its options leave open from there too.
    CHECK(call({"exec", c, "/bin/busybox", "echo", "executed"}).out == "executed\n");
    REQUIRE_OK(call({"delete", c}));

    CHECK_FAILS(call({"run", "--bundle", b.dir(), "--config", "none.json", id()}, options), 1,
                "JSON specification file " + temp("elsewhere/none.json").string() + " not found");
    CHECK_FAILS(call({"create", "--bundle", b.dir(), id()}), 1,
                "JSON specification file config.json not found");
}

// ---- --log, --log-level

RUNTIME_TEST("--log=file: is a path", "[crun-options][log]") {
    REQUIRES("crun-options");
    Options options = with({"--log=file:mine.log", "--log-format=json"});
    options.cwd = temp("");
    Result result = call({"state", "nosuch"}, options);
    CHECK(result.err == "container does not exist\n");
    CHECK(json::parse(read_file(temp("mine.log")))["msg"] == "container does not exist");
}

RUNTIME_TEST("--log=journald: sends a record of the journal's protocol for each line of the log",
             "[crun-options][log][root]") {
    REQUIRES("crun-options");
    LogService journal(temp("journal"), "/run", "/run/systemd/journal/socket");
    Result result = call({"state", "nosuch"}, journal.options({"--log=journald:mine"}));
    CHECK(result.exit_code == 1);
    CHECK(result.err == "container does not exist\n");
    CHECK(journal.records() ==
          std::vector<std::string>{"PRIORITY=3\nSYSLOG_IDENTIFIER=mine\nMESSAGE=container does not exist\n"});

    call({"state", "nosuch"}, journal.options({"--log", "journald:"}));
    const auto unnamed = journal.records();
    REQUIRE(unnamed.size() == 1);
    CHECK_THAT(unnamed[0], HasText("\nSYSLOG_IDENTIFIER=runcxx\n"));
}

RUNTIME_TEST("--log=journald: has what init logs, too", "[crun-options][log][root]") {
    REQUIRES("crun-options");
    REQUIRES("cgroupfs-driver");  // systemd's directory in /run is covered
    LogService journal(temp("journal"), "/run", "/run/systemd/journal/socket");
    Process running =
        spawn_run(bundle().sh("exit 0"), {}, journal.options({"--log=journald:mine", "--debug"}));
    // Taken as they come: net.unix.max_dgram_qlen may be as small as 10.
    std::string all;
    wait_until([&] {
        const bool is_over = !running.running();
        for (const auto& record : journal.records())
            all += record;
        return is_over;
    });
    REQUIRE_OK(running.wait());
    CHECK_THAT(all, HasText("PRIORITY=7\nSYSLOG_IDENTIFIER=mine\nMESSAGE="));
    CHECK_THAT(all, HasText("MESSAGE=nsexec"));
    CHECK_THAT(all, HasText("MESSAGE=init: closing the pipe to signal completion"));
}

RUNTIME_TEST("--log=syslog: sends a record of syslog's form for each line of the log",
             "[crun-options][log][root]") {
    REQUIRES("crun-options");
    LogService syslog(temp("log"), "/dev", "/dev/log");
    Result result = call({"state", "nosuch"}, syslog.options({"--log=syslog:mine"}));
    CHECK(result.exit_code == 1);
    CHECK(result.err == "container does not exist\n");
    const auto records = syslog.records();
    REQUIRE(records.size() == 1);
    CHECK(records[0].rfind("<11>", 0) == 0);
    CHECK_THAT(records[0], HasText("<11>mine["));
    CHECK(records[0].ends_with("]: container does not exist"));
}

RUNTIME_TEST("--log: a service that is not there fails the command before it does anything",
             "[crun-options][log][root]") {
    REQUIRES("crun-options");
    Options options = with({"--log=journald:mine"});
    options.in_child = [] {
        if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            mount("tmpfs", "/run", "tmpfs", 0, nullptr) != 0)
            _exit(99);
    };
    Result result = try_create(bundle().idle(), {}, options);
    CHECK_FAILS(result, 1, "dial unix /run/systemd/journal/socket: connect: no such file or directory");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("--log-level: says from which level on records are kept", "[crun-options][log]") {
    REQUIRES("crun-options");
    Bundle& b = bundle().sh("exit 0");
    b.spec["linux"]["resources"]["memory"]["kernel"] = 1000000;  // a warning
    const auto kept = [&](const std::vector<std::string>& global) {
        Result result = run(b, {}, with(global));
        REQUIRE_OK(result);
        const auto text = plain_errors(result);
        return std::string(text.find("level=warning") != text.npos ? "warning " : "") +
               (text.find("level=debug") != text.npos ? "debug" : "");
    };
    CHECK(kept({}) == "warning ");
    CHECK(kept({"--log-level=error"}).empty());
    CHECK(kept({"--log-level", "warning"}) == "warning ");
    CHECK(kept({"--log-level=warn"}) == "warning ");
    CHECK(kept({"--log-level=debug"}) == "warning debug");
    CHECK(kept({"--debug", "--log-level=info"}) == "warning ");
    CHECK_FAILS(call({"list"}, with({"--log-level=loud"})), 1, "invalid log-level: loud");
    CHECK_FAILS(call({"list"}, with({"--log-level=panic"})), 1, "invalid log-level: panic");
}
