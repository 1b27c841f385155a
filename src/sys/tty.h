// SPDX-License-Identifier: Apache-2.0
// Terminals: pseudoterminal pairs of a devpts, modes, sizes (pty(7), tty_ioctl(4), termios(3)).
// Runs in: either.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/paths.h"
#include "sys/unique_fd.h"

namespace runcxx::sys {

struct WindowSize {
    std::uint16_t rows = 0;
    std::uint16_t columns = 0;

    bool operator==(const WindowSize&) const = default;
};

bool is_terminal(const UniqueFd& fd);
bool is_terminal_number(int fd);
// TIOCGWINSZ; nullopt when it is no terminal.
std::optional<WindowSize> try_window_size(const UniqueFd& fd);
// TIOCSWINSZ; returns 0 or the errno.
int try_set_window_size(const UniqueFd& fd, WindowSize size);

// Opens a new master of the devpts mounted on `directory` (a container path after pivot_root: whoever made
// the mounts may have lied). What is opened is proven to be the ptmx node of a devpts before it is used:
// CVE-2025-52565. The slave side is unlocked. Errors name the path and what was found there.
UniqueFd open_pty_master(const std::string& directory);
// The other end, without looking up any path (TIOCGPTPEER, Linux 4.13); does not become the controlling
// terminal.
UniqueFd open_pty_peer(const UniqueFd& master);
// N of /dev/pts/N.
unsigned pty_number(const UniqueFd& master);

// TIOCSCTTY on fd 0; precondition: the caller leads a session without controlling terminal.
void make_stdin_controlling_terminal();

// Output newlines stay "\n": what the relay reads is then what the program wrote.
void clear_newline_translation(const UniqueFd& terminal);

// The mode a terminal had when this was made comes back on restore() and on destruction.
class SavedTerminalMode {
public:
    // Borrows `terminal`, which must live longer. Throws when it is no terminal.
    explicit SavedTerminalMode(const UniqueFd& terminal);
    ~SavedTerminalMode();
    SavedTerminalMode(SavedTerminalMode&&) noexcept;
    SavedTerminalMode& operator=(SavedTerminalMode&&) = delete;

    // cfmakeraw(3): every key goes through as bytes.
    void set_raw();
    // Never throws: there is nothing left to do about a terminal that is gone.
    void restore() noexcept;

private:
    struct Mode;
    std::unique_ptr<Mode> mode_;
};

// A second open file description of what `number` (a standard stream) refers to, non-blocking, so that
// O_NONBLOCK does not leak to the processes we share the stream with; a duplicate for regular files, which
// never wait. Where that is not possible (sockets, files that may not be reopened, pipes without a reader) a
// plain duplicate with `nonblocking` false. `write`: open for writing.
struct StandardStream {
    UniqueFd fd;
    bool nonblocking = false;
};
StandardStream open_standard_stream(int number, bool write);

// O_NONBLOCK on a description that is ours alone.
void set_nonblocking(const UniqueFd& fd);

// One read(2)/write(2). -1 with errno; EINTR is retried. A write to a broken pipe gives EPIPE and no signal
// when the caller has SIGPIPE blocked or ignored.
long try_read_some(const UniqueFd& fd, char* data, std::size_t size);
long try_write_some(const UniqueFd& fd, const char* data, std::size_t size);

}  // namespace runcxx::sys
