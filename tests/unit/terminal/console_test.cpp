// SPDX-License-Identifier: Apache-2.0
#include "terminal/console.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "support/catch.h"
#include "support/fd.h"
#include "support/forked.h"
#include "support/requirements.h"
#include "support/temp_dir.h"
#include "support/text_matchers.h"
#include "sys/file.h"
#include "sys/socket.h"
#include "terminal/host_console.h"
#include "terminal/relay.h"

using namespace runcxx;
using tests::Contains;

namespace {

// Runs in a mount namespace of its own, with a place for a false /dev/pts.
std::string with_false_pts(const std::function<void(const std::string& directory)>& prepare) {
    const tests::TempDir dir;
    return tests::in_child([&]() -> std::string {
               if (::unshare(CLONE_NEWNS) != 0 ||
                   ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
                   return "no mount namespace";
               prepare(dir.path().string());
               sys::open_pty_master(dir.path().string());
               return "opened";
           })
        .text;
}

void mount_devpts(const std::string& directory) {
    if (::mount("devpts", directory.c_str(), "devpts", 0, "newinstance,ptmxmode=0666") != 0)
        throw Error("no devpts");
}

}  // namespace

TEST_CASE("a console is a pair of the devpts with the size asked for", "[terminal]") {
    const auto console = terminal::open_console({.rows = 12, .columns = 34});
    CHECK(sys::is_terminal(console.master));
    CHECK(sys::is_terminal(console.slave));
    CHECK(sys::try_window_size(console.slave) == sys::WindowSize{12, 34});
    CHECK((::fcntl(console.master.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(console.slave.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(tests::link_target("/proc/self/fd/" + std::to_string(console.slave.get())) ==
          "/dev/pts/" + std::to_string(sys::pty_number(console.master)));
}

TEST_CASE("a size with a zero in it leaves the terminal as it is", "[terminal]") {
    const auto console = terminal::open_console({.rows = 0, .columns = 80});
    CHECK(sys::try_window_size(console.slave) == sys::WindowSize{0, 0});
}

TEST_CASE(
    "init takes the console as its streams and controlling terminal, and the other side gets the master",
    "[terminal]") {
    terminal::ConsoleReceiver receiver;
    const auto child = tests::in_child([&] {
        ::setsid();
        terminal::take_console(terminal::open_console({}), receiver.init_end());
        const int tty = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
        std::string text = tty >= 0 ? "has a controlling terminal" : "has none";
        for (int stream = 0; stream < 3; ++stream)
            if (::isatty(stream) == 0 || (::fcntl(stream, F_GETFD) & FD_CLOEXEC) != 0) text += ", bad stream";
        return text;
    });
    CHECK(child.text == "has a controlling terminal");
    receiver.close_init_end();
    const auto master = receiver.receive();
    CHECK(sys::is_terminal(master));
}

TEST_CASE("the message with the console has the name and one fd", "[terminal]") {
    auto pair = sys::make_socket_pair(sys::SocketKind::Stream);
    tests::in_child([&] {
        ::setsid();
        terminal::take_console(terminal::open_console({}), pair.init_end);
        return std::string();
    });
    const auto packet = sys::receive_from_stream(pair.runtime_end);
    REQUIRE(packet);
    CHECK(packet->data == "/dev/pts/ptmx");
    CHECK(packet->fds.size() == 1);
}

TEST_CASE("a console socket that ends, or brings something else, is an error", "[terminal]") {
    terminal::ConsoleReceiver receiver;
    SECTION("end") {
        receiver.close_init_end();
        CHECK_THROWS_WITH(receiver.receive(), "console socket: closed before a terminal came");
    }
    SECTION("no fd") {
        sys::send_packet(receiver.init_end(), "x");
        CHECK_THROWS_WITH(receiver.receive(), "console socket: got 0 file descriptors instead of one");
    }
    SECTION("no terminal") {
        const auto file = sys::open_file(HostPath("/dev/null"), O_RDONLY);
        sys::send_packet(receiver.init_end(), "x", {file.get()});
        CHECK_THROWS_WITH(receiver.receive(), "console socket: what came is no terminal");
    }
}

TEST_CASE("a false /dev/pts is refused before anything in it is used", "[terminal][root]") {
    REQUIRES("root");
    CHECK(with_false_pts(mount_devpts) == "opened");
    CHECK_THAT(with_false_pts([](const std::string& directory) {
                   if (::mount("t", directory.c_str(), "tmpfs", 0, "") != 0) throw Error("no tmpfs");
                   ::mknod((directory + "/ptmx").c_str(), S_IFCHR | 0666, makedev(5, 2));
               }),
               Contains("ptmx handle is not on a real devpts mount"));
    CHECK_THAT(with_false_pts([](const std::string& directory) {
                   mount_devpts(directory);
                   const auto ptmx = directory + "/ptmx";
                   if (::mount("/dev/null", ptmx.c_str(), nullptr, MS_BIND, nullptr) != 0)
                       throw Error("no bind");
               }),
               Contains("/ptmx: "));
    CHECK_THAT(with_false_pts([](const std::string& directory) {
                   std::filesystem::remove(directory);
                   std::filesystem::create_directory_symlink("/dev/pts", directory);
               }),
               Contains("exception: open"));
}

TEST_CASE("raw mode is undone by the owner's end", "[terminal]") {
    const auto console = terminal::open_console({});
    const auto local_flags = [&] {
        termios mode{};
        ::tcgetattr(console.slave.get(), &mode);
        return mode.c_lflag & (ICANON | ECHO | ISIG);
    };
    const auto before = local_flags();
    REQUIRE(before != 0);
    {
        sys::SavedTerminalMode saved(console.slave);
        saved.set_raw();
        CHECK(local_flags() == 0);
        sys::SavedTerminalMode moved = std::move(saved);
        CHECK(local_flags() == 0);
    }
    CHECK(local_flags() == before);
}

TEST_CASE("a relay carries a terminal both ways, resizes it and ends with it", "[terminal]") {
    auto console = terminal::open_console({});
    auto in = sys::make_pipe();
    auto out = sys::make_pipe();
    const int saved_in = ::fcntl(0, F_DUPFD_CLOEXEC, 10);
    const int saved_out = ::fcntl(1, F_DUPFD_CLOEXEC, 10);
    ::dup2(in.read_end.get(), 0);
    ::dup2(out.write_end.get(), 1);
    terminal::Relay relay = terminal::Relay::over_terminal(std::move(console.master));
    ::dup2(saved_in, 0);
    ::dup2(saved_out, 1);
    ::close(saved_in);
    ::close(saved_out);

    const auto turn = [&](int times) {
        for (int i = 0; i < times; ++i) {
            std::vector<sys::PollEntry> entries;
            relay.append_entries(entries);
            if (entries.empty() || !sys::wait_ready(entries, sys::monotonic_ms() + 30)) return;
            relay.on_ready(entries);
        }
    };
    relay.resize({50, 100});
    CHECK(sys::try_window_size(console.slave) == sys::WindowSize{50, 100});

    sys::write_all(in.write_end, "typed\n", "pipe");
    turn(10);
    char buffer[64] = {};
    CHECK(::read(console.slave.get(), buffer, sizeof buffer) == 6);
    CHECK(std::string_view(buffer, 6) == "typed\n");

    sys::write_all(console.slave, "shown\n", "slave");
    turn(10);
    const long size = ::read(out.read_end.get(), buffer, sizeof buffer);
    CHECK(std::string_view(buffer, static_cast<std::size_t>(size)).ends_with("shown\n"));

    in.write_end.reset();
    turn(10);
    CHECK_FALSE(relay.is_finished());
    console.slave.reset();
    turn(10);
    CHECK(relay.is_finished());
}
