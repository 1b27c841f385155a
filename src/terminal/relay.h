// SPDX-License-Identifier: Apache-2.0
// Copies bytes between the runtime's standard streams and the container in the foreground, driven from
// outside: the caller polls the relay's entries together with its signals and pidfds, so one poll serves all
// and nothing spins.
//
//   relay.append_entries(entries);  wait_ready(entries, ...);  relay.on_ready(entries);
//   ... the process has ended:      relay.begin_drain();   and on with the loop until relay.is_finished()
//
// Runs in: runtime. SIGPIPE must be ignored or blocked. Must not: block, change flags of streams it shares
// with others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sys/poll.h"
#include "sys/tty.h"
#include "sys/unique_fd.h"

namespace runcxx::terminal {

// The container's ends of three pipes, owned by the host ids of the container's root so that /dev/stdout can
// be reopened inside.
struct ContainerStreams {
    sys::UniqueFd in;   // read end, becomes fd 0
    sys::UniqueFd out;  // write ends
    sys::UniqueFd err;
};

class Relay {
public:
    // Without terminal: three pipes between our standard streams and `streams`, which the caller passes to
    // init and closes. End of our stdin closes the container's stdin; a broken stdout of ours closes the
    // container's.
    static Relay over_pipes(ContainerStreams& streams, std::uint32_t uid, std::uint32_t gid);
    // With terminal: our stdin to the master, the master to our stdout. ONLCR is cleared on the master.
    static Relay over_terminal(sys::UniqueFd master);

    // For tests and other uses: explicit ends; any may be empty.
    struct Ends {
        sys::StandardStream from;
        sys::StandardStream to;
        bool is_input = false;  // to the container
    };
    static Relay between(std::vector<Ends> copies);

    // Adds what is to be waited for; remembers where.
    void append_entries(std::vector<sys::PollEntry>& entries);
    // Moves what can be moved without waiting. `entries` as filled in by wait_ready, with the positions of
    // the last append_entries.
    void on_ready(const std::vector<sys::PollEntry>& entries);

    // The process has ended: stops reading our stdin, takes what its output still holds and no more (somebody
    // else may keep the other end open for ever), and finishes when that is written.
    void begin_drain();
    // All output has ended and is written out.
    bool is_finished() const;

    // Window size of the container's terminal; nothing happens without one.
    void resize(sys::WindowSize size);

private:
    struct Copy {
        sys::StandardStream from;
        sys::StandardStream to;
        bool is_input = false;     // to the container: not part of is_finished()
        bool is_terminal = false;  // `from` is the master: a broken sink must not stop reading it
        bool ended = false;        // no more to read
        bool sink_broken = false;  // what is read is thrown away
        std::string buffer;        // read, not yet written
        std::size_t drained = 0;   // bytes read since begin_drain
        std::size_t read_entry = kNone;
        std::size_t write_entry = kNone;
    };
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    Relay() = default;
    void pump(Copy& copy, bool can_read, bool can_write);
    bool read_some(Copy& copy);
    bool write_some(Copy& copy);
    void finish(Copy& copy);

    std::vector<Copy> copies_;
    sys::UniqueFd terminal_;  // the master, for resize
    bool draining_ = false;
};

}  // namespace runcxx::terminal
