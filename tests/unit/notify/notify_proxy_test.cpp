// SPDX-License-Identifier: Apache-2.0
#include "notify/notify_proxy.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/catch.h"
#include "support/process.h"
#include "support/temp_dir.h"
#include "sys/child_process.h"
#include "sys/socket.h"

using namespace runcxx;
using notify::NotifyProxy;

namespace {

// A state directory, and a service manager's socket.
struct Stage {
    tests::TempDir dir;
    HostPath state{dir.path().string()};
    HostPath manager_path{(dir / "manager.sock").string()};
    sys::UniqueFd manager = sys::bind_unix(manager_path, sys::SocketKind::Datagram);

    NotifyProxy proxy() {
        notify::make_directory(state);
        return NotifyProxy::bind(state, manager_path.str());
    }
    void say(std::string_view text) const {
        sys::send_packet(sys::connect_unix(state / "notify" / "notify.sock", sys::SocketKind::Datagram),
                         text);
    }
};

// One turn of a caller's loop.
void turn(NotifyProxy& proxy, pid_t main_pid) {
    std::vector<sys::PollEntry> entries;
    proxy.append_entries(entries);
    sys::wait_ready(entries, sys::monotonic_ms() + 200);
    proxy.on_ready(entries, main_pid);
}

}  // namespace

TEST_CASE("only the first line of a READY message is taken", "[notify]") {
    CHECK(notify::ready_line("READY=1") == "READY=1");
    CHECK(notify::ready_line("READY=1\nMAINPID=1\nSTATUS=x") == "READY=1");
    CHECK(notify::ready_line("STATUS=x\nREADY=1") == std::nullopt);
    CHECK(notify::ready_line("") == std::nullopt);
    CHECK(notify::ready_line("READY") == std::nullopt);
}

TEST_CASE("the socket is open to every user, whatever the umask", "[notify]") {
    Stage stage;
    const auto before = ::umask(077);
    const auto proxy = stage.proxy();
    CHECK(::umask(before) == 077);
    struct stat found {};
    REQUIRE(::stat((stage.state / "notify").c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0755);
    REQUIRE(::stat((stage.state / "notify" / "notify.sock").c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0777);
}

TEST_CASE("READY reaches the manager with the pid and a barrier, and other messages do not", "[notify]") {
    Stage stage;
    auto proxy = stage.proxy();
    stage.say("STATUS=starting");
    turn(proxy, 4242);
    CHECK_FALSE(proxy.deadline_ms());
    stage.say("READY=1\nMAINPID=1");
    turn(proxy, 4242);
    CHECK(sys::receive_packet(stage.manager)->data == "READY=1\n");
    CHECK(sys::receive_packet(stage.manager)->data == "MAINPID=4242\n");
    auto barrier = sys::receive_packet(stage.manager);
    CHECK(barrier->data == "BARRIER=1");
    CHECK(barrier->fds.size() == 1);

    CHECK(proxy.deadline_ms());
    turn(proxy, 4242);
    CHECK_FALSE(proxy.is_done());
    barrier->fds.clear();
    turn(proxy, 4242);
    CHECK(proxy.is_done());
    CHECK_FALSE(proxy.deadline_ms());
}

TEST_CASE("an abstract socket of the manager is reached", "[notify]") {
    Stage stage;
    notify::make_directory(stage.state);
    auto proxy = NotifyProxy::bind(stage.state, "@runcxx-unit-test-nobody-listens");
    stage.say("READY=1");
    CHECK_THROWS_WITH(turn(proxy, 1),
                      "dial unix @runcxx-unit-test-nobody-listens: connect: connection refused");
}

TEST_CASE("waiting ends when the process ends without having been ready", "[notify]") {
    Stage stage;
    auto proxy = stage.proxy();
    const tests::Process app({"/bin/sh", "-c", "exit 0"});
    const auto pidfd = sys::try_open_pidfd(app.pid());
    proxy.wait(pidfd, app.pid());
    CHECK_FALSE(proxy.is_done());
}

TEST_CASE("a process that says READY and ends at once has said it", "[notify]") {
    Stage stage;
    auto proxy = stage.proxy();
    stage.say("READY=1");
    tests::Process app({"/bin/sh", "-c", "exit 0"});
    const auto pidfd = sys::try_open_pidfd(app.pid());
    REQUIRE(sys::wait_readable(pidfd, sys::monotonic_ms() + 10'000));
    // The manager's part: read all, which closes the barrier.
    const pid_t manager = ::fork();
    if (manager == 0) {
        for (int i = 0; i < 3; ++i)
            sys::receive_packet(stage.manager);
        ::_exit(0);
    }
    proxy.wait(pidfd, app.pid());
    CHECK(proxy.is_done());
    CHECK(sys::ChildProcess::adopt(manager).wait().exit_code() == 0);
}
