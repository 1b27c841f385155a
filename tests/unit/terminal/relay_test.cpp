// SPDX-License-Identifier: Apache-2.0
#include "terminal/relay.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "support/catch.h"
#include "support/fd.h"
#include "support/temp_dir.h"
#include "sys/file.h"

using namespace runcxx;
using terminal::Relay;

namespace {

// Broken pipes are reported by errno only, as in the program itself.
struct NoBrokenPipeSignal {
    NoBrokenPipeSignal() {
        struct sigaction ignore {};
        ignore.sa_handler = SIG_IGN;
        ::sigaction(SIGPIPE, &ignore, &before);
    }
    ~NoBrokenPipeSignal() { ::sigaction(SIGPIPE, &before, nullptr); }
    struct sigaction before {};
};

struct Channel {
    sys::UniqueFd write_end, read_end;
};

Channel channel(bool nonblocking_reader = false, bool nonblocking_writer = false) {
    auto pipe = sys::make_pipe();
    if (nonblocking_reader) sys::set_nonblocking(pipe.read_end);
    if (nonblocking_writer) sys::set_nonblocking(pipe.write_end);
    return {std::move(pipe.write_end), std::move(pipe.read_end)};
}

// Turns the caller's loop until nothing is ready for a moment; returns the number of turns.
int turn_until_quiet(Relay& relay, int most = 10'000) {
    int turns = 0;
    for (; turns < most; ++turns) {
        std::vector<sys::PollEntry> entries;
        relay.append_entries(entries);
        if (entries.empty() || !sys::wait_ready(entries, sys::monotonic_ms() + 20)) break;
        relay.on_ready(entries);
    }
    return turns;
}

std::string available(const sys::UniqueFd& fd) {
    sys::set_nonblocking(fd);
    std::string text;
    char buffer[65536];
    for (long size = 0; (size = ::read(fd.get(), buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(size));
    return text;
}

bool is_closed(const sys::UniqueFd& read_end) {
    char byte = 0;
    sys::set_nonblocking(read_end);
    return ::read(read_end.get(), &byte, 1) == 0;
}

// One copy between two pipes; both kinds of ends must behave the same.
struct OneWay {
    Channel source, sink;
    Relay relay;
    static OneWay make(bool is_input, bool nonblocking) {
        Channel source = channel(nonblocking);
        Channel sink = channel(false, nonblocking);
        std::vector<Relay::Ends> ends;
        ends.push_back(
            {{std::move(source.read_end), nonblocking}, {std::move(sink.write_end), nonblocking}, is_input});
        return {std::move(source), std::move(sink), Relay::between(std::move(ends))};
    }
};

}  // namespace

TEST_CASE("what one side writes the other reads, and the end follows", "[terminal]") {
    const NoBrokenPipeSignal quiet;
    for (const bool nonblocking : {true, false}) {
        auto way = OneWay::make(false, nonblocking);
        sys::write_all(way.source.write_end, "hello", "pipe");
        turn_until_quiet(way.relay);
        CHECK(available(way.sink.read_end) == "hello");
        CHECK_FALSE(way.relay.is_finished());
        sys::write_all(way.source.write_end, " world", "pipe");
        way.source.write_end.reset();
        turn_until_quiet(way.relay);
        CHECK(available(way.sink.read_end) == " world");
        CHECK(is_closed(way.sink.read_end));
        CHECK(way.relay.is_finished());
    }
}

TEST_CASE("a reader that is slow gets everything, and nobody spins meanwhile", "[terminal]") {
    const NoBrokenPipeSignal quiet;
    for (const bool nonblocking : {true, false}) {
        auto way = OneWay::make(false, nonblocking);
        sys::set_nonblocking(way.source.write_end);
        std::string sent;
        std::string received;
        int turns = 0;
        for (int round = 0; round < 40; ++round) {
            const std::string piece(60'000, static_cast<char>('a' + round % 26));
            const long size = ::write(way.source.write_end.get(), piece.data(), piece.size());
            if (size > 0) sent += piece.substr(0, static_cast<std::size_t>(size));
            turns += turn_until_quiet(way.relay);
            if (round % 4 == 3) received += available(way.sink.read_end);
        }
        way.source.write_end.reset();
        while (!way.relay.is_finished()) {
            turns += turn_until_quiet(way.relay);
            received += available(way.sink.read_end);
        }
        received += available(way.sink.read_end);
        CHECK(sent.size() > 300'000);
        CHECK(received == sent);
        // At 4 KiB per turn, with a read turn each, and some for luck.
        CHECK(turns < static_cast<int>(sent.size() / 1024));
    }
}

TEST_CASE("the end of our input closes the container's after the rest was written", "[terminal]") {
    const NoBrokenPipeSignal quiet;
    auto way = OneWay::make(true, true);
    sys::write_all(way.source.write_end, "last words", "pipe");
    way.source.write_end.reset();
    turn_until_quiet(way.relay);
    CHECK(available(way.sink.read_end) == "last words");
    CHECK(is_closed(way.sink.read_end));
    CHECK(way.relay.is_finished());
}

TEST_CASE("input that the container no longer reads is noticed without another key", "[terminal]") {
    const NoBrokenPipeSignal quiet;
    auto way = OneWay::make(true, true);
    way.sink.read_end.reset();
    CHECK(turn_until_quiet(way.relay) < 5);
    CHECK(::write(way.source.write_end.get(), "x", 1) < 0);
    CHECK(errno == EPIPE);
}

TEST_CASE("when our output is gone the container's is closed", "[terminal]") {
    const NoBrokenPipeSignal quiet;
    auto way = OneWay::make(false, true);
    way.sink.read_end.reset();
    sys::write_all(way.source.write_end, "x", "pipe");
    CHECK(turn_until_quiet(way.relay) < 5);
    CHECK(way.relay.is_finished());
    CHECK(::write(way.source.write_end.get(), "x", 1) < 0);
    CHECK(errno == EPIPE);
}

TEST_CASE("draining takes what is there and does not wait for who else holds the pipe", "[terminal]") {
    const NoBrokenPipeSignal quiet;
    for (const bool nonblocking_sink : {true, false}) {
        Channel source = channel(true);
        Channel sink = channel(false, nonblocking_sink);
        std::vector<Relay::Ends> ends;
        ends.push_back(
            {{std::move(source.read_end), true}, {std::move(sink.write_end), nonblocking_sink}, false});
        Relay relay = Relay::between(std::move(ends));
        const std::string text(50'000, 'z');
        sys::write_all(source.write_end, text, "pipe");
        relay.begin_drain();
        std::string received;
        for (int round = 0; round < 100 && !relay.is_finished(); ++round) {
            turn_until_quiet(relay);
            received += available(sink.read_end);
        }
        CHECK(relay.is_finished());
        CHECK(received + available(sink.read_end) == text);
    }
}

TEST_CASE("draining ends although somebody writes for ever", "[terminal]") {
    const NoBrokenPipeSignal quiet;
    Channel source = channel(true);
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    std::vector<Relay::Ends> ends;
    ends.push_back(
        {{sys::open_file(HostPath("/dev/zero"), O_RDONLY), true}, {sys::UniqueFd(null), true}, false});
    Relay relay = Relay::between(std::move(ends));
    relay.begin_drain();
    CHECK(relay.is_finished());
}

TEST_CASE("a regular file as our stdout is appended to where it stands", "[terminal]") {
    const tests::TempDir dir;
    const int saved = ::fcntl(1, F_DUPFD_CLOEXEC, 10);
    const int file = ::open((dir / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    REQUIRE(::write(file, "before ", 7) == 7);
    ::dup2(file, 1);
    {
        const auto stream = sys::open_standard_stream(1, true);
        CHECK(stream.nonblocking);
        CHECK(::write(stream.fd.get(), "after", 5) == 5);
    }
    ::dup2(saved, 1);
    ::close(saved);
    ::close(file);
    CHECK(tests::read_file(dir / "out") == "before after");
}

TEST_CASE("making our stream non-blocking does not change it for those we share it with", "[terminal]") {
    auto pipe = sys::make_pipe();
    const int saved = ::fcntl(0, F_DUPFD_CLOEXEC, 10);
    ::dup2(pipe.read_end.get(), 0);
    const auto stream = sys::open_standard_stream(0, false);
    const int ours = ::fcntl(stream.fd.get(), F_GETFL);
    const int theirs = ::fcntl(0, F_GETFL);
    ::dup2(saved, 0);
    ::close(saved);
    CHECK(stream.nonblocking);
    CHECK((ours & O_NONBLOCK) != 0);
    CHECK((theirs & O_NONBLOCK) == 0);
}
