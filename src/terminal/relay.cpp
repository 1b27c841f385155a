// SPDX-License-Identifier: Apache-2.0
#include "terminal/relay.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sys/file.h"

namespace runcxx::terminal {
namespace {

constexpr std::size_t kBufferSize = 32U << 10;
// What a blocking write can take without waiting once poll says writable: PIPE_BUF, the least a pipe then has
// free.
constexpr std::size_t kSafeWrite = 4096;
// Terminals report writable with less room than that; a slow one must not hold up the signals for long.
constexpr std::size_t kSafeTerminalWrite = 256;
// The largest size of a pipe for unprivileged users, fs.pipe-max-size.
constexpr std::size_t kMostDrained = 1U << 20;
// One stream must not starve the others and the signals: so much in a row, then poll again.
constexpr int kRoundsPerWakeup = 16;

bool would_wait(int error) {
    return error == EAGAIN || error == EWOULDBLOCK;
}

short ready_of(const std::vector<sys::PollEntry>& entries, std::size_t position) {
    return position < entries.size() ? entries[position].ready : short{0};
}

}  // namespace

Relay Relay::over_pipes(ContainerStreams& streams, std::uint32_t uid, std::uint32_t gid) {
    auto in = sys::make_pipe();
    auto out = sys::make_pipe();
    auto err = sys::make_pipe();
    streams = {std::move(in.read_end), std::move(out.write_end), std::move(err.write_end)};
    sys::chown_fd(streams.in, uid, gid, "stdin pipe");
    sys::chown_fd(streams.out, uid, gid, "stdout pipe");
    sys::chown_fd(streams.err, uid, gid, "stderr pipe");
    for (const auto* ours : {&in.write_end, &out.read_end, &err.read_end})
        sys::set_nonblocking(*ours);

    Relay relay;
    Copy input;
    input.is_input = true;
    input.from = sys::open_standard_stream(0, false);
    input.to = {std::move(in.write_end), true};
    relay.copies_.push_back(std::move(input));
    for (auto* source : {&out.read_end, &err.read_end}) {
        Copy output;
        output.from = {std::move(*source), true};
        output.to = sys::open_standard_stream(static_cast<int>(relay.copies_.size()), true);
        relay.copies_.push_back(std::move(output));
    }
    return relay;
}

Relay Relay::over_terminal(sys::UniqueFd master) {
    sys::clear_newline_translation(master);
    sys::set_nonblocking(master);
    Relay relay;
    relay.terminal_ = sys::duplicate(master);
    Copy input;
    input.is_input = true;
    input.is_terminal = true;
    input.from = sys::open_standard_stream(0, false);
    input.to = {sys::duplicate(master), true};
    relay.copies_.push_back(std::move(input));
    Copy output;
    output.is_terminal = true;
    output.from = {std::move(master), true};
    output.to = sys::open_standard_stream(1, true);
    relay.copies_.push_back(std::move(output));
    return relay;
}

Relay Relay::between(std::vector<Ends> copies) {
    Relay relay;
    for (auto& ends : copies) {
        Copy copy;
        copy.from = std::move(ends.from);
        copy.to = std::move(ends.to);
        copy.is_input = ends.is_input;
        relay.copies_.push_back(std::move(copy));
    }
    return relay;
}

void Relay::append_entries(std::vector<sys::PollEntry>& entries) {
    for (auto& copy : copies_) {
        copy.read_entry = copy.write_entry = kNone;
        if (!copy.buffer.empty()) {
            // Backpressure: nothing is read while something waits to be written.
            copy.write_entry = entries.size();
            entries.push_back({copy.to.fd.get(), sys::kWritable, 0});
        } else if (!copy.ended) {
            copy.read_entry = entries.size();
            entries.push_back({copy.from.fd.get(), sys::kReadable, 0});
        }
        // An input whose reader has gone is noticed without waiting for a key: poll reports errors unasked.
        if (copy.is_input && !copy.ended && copy.buffer.empty() && copy.to.fd) {
            copy.write_entry = entries.size();
            entries.push_back({copy.to.fd.get(), 0, 0});
        }
    }
}

void Relay::on_ready(const std::vector<sys::PollEntry>& entries) {
    for (auto& copy : copies_) {
        const short in = ready_of(entries, copy.read_entry);
        const short out = ready_of(entries, copy.write_entry);
        if (copy.is_input && copy.buffer.empty() && (out & (sys::kError | sys::kHangUp)) != 0) {
            finish(copy);
            continue;
        }
        if (in != 0 || out != 0) pump(copy, in != 0, out != 0);
    }
}

// `can_read` and `can_write` say what poll has found: a blocking end is good for one call each.
void Relay::pump(Copy& copy, bool can_read, bool can_write) {
    can_read = can_read || copy.from.nonblocking;
    can_write = can_write || copy.to.nonblocking;
    for (int round = 0; draining_ || round < kRoundsPerWakeup; ++round) {
        if (!copy.buffer.empty()) {
            if (!can_write || !write_some(copy)) return;
            can_write = copy.to.nonblocking;
        } else {
            if (copy.ended || !can_read || !read_some(copy)) break;
            can_read = copy.from.nonblocking;
        }
    }
    if (copy.ended && copy.buffer.empty()) finish(copy);
}

// Returns false when there is nothing to go on with.
bool Relay::read_some(Copy& copy) {
    copy.buffer.resize(kBufferSize);
    const long size = sys::try_read_some(copy.from.fd, copy.buffer.data(), copy.buffer.size());
    const int error = size < 0 ? errno : 0;
    copy.buffer.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    if (would_wait(error) && !draining_) return false;
    if (size > 0) {
        if (copy.sink_broken) copy.buffer.clear();
        if (draining_) copy.drained += static_cast<std::size_t>(size);
    }
    // End of file; a terminal says EIO when the last process has closed it. While draining, nothing more at
    // hand is the end as well, and so is more than a pipe can hold: somebody still writes.
    copy.ended = size <= 0 || copy.drained >= kMostDrained;
    return size > 0;
}

// Returns false when the rest has to wait.
bool Relay::write_some(Copy& copy) {
    std::size_t most = copy.buffer.size();
    if (!copy.to.nonblocking)
        most = std::min(most, sys::is_terminal(copy.to.fd) ? kSafeTerminalWrite : kSafeWrite);
    const long size = sys::try_write_some(copy.to.fd, copy.buffer.data(), most);
    if (size >= 0) {
        copy.buffer.erase(0, static_cast<std::size_t>(size));
        return true;
    }
    if (would_wait(errno)) return false;
    copy.buffer.clear();
    copy.sink_broken = true;
    // The writer learns of it by a broken pipe; a terminal is read on, or its programs would stop at a full
    // buffer.
    if (!copy.is_terminal || copy.is_input) copy.ended = true;
    return true;
}

void Relay::finish(Copy& copy) {
    copy.ended = true;
    copy.buffer.clear();
    copy.from.fd.reset();
    copy.to.fd.reset();
}

void Relay::begin_drain() {
    draining_ = true;
    for (auto& copy : copies_) {
        if (copy.is_input) {
            finish(copy);
        } else if (!copy.ended && copy.buffer.empty()) {
            pump(copy, false, false);
        }
    }
}

bool Relay::is_finished() const {
    for (const auto& copy : copies_)
        if (!copy.is_input && (!copy.ended || !copy.buffer.empty())) return false;
    return true;
}

void Relay::resize(sys::WindowSize size) {
    // The terminal may be gone already; nobody is left to see its size then.
    if (terminal_) sys::try_set_window_size(terminal_, size);
}

}  // namespace runcxx::terminal
