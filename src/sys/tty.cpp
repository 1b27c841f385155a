// SPDX-License-Identifier: Apache-2.0
#include "sys/tty.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "sys/retry.h"

namespace runcxx::sys {
namespace {

// drivers/tty/pty.c and fs/devpts/inode.c: every devpts has its ptmx at this inode with this device number.
constexpr ino_t kPtmxInode = 2;
constexpr unsigned kPtmxMajor = 5;
constexpr unsigned kPtmxMinor = 2;

// Opens below `dir` without crossing a mount or following a link: on a devpts the kernel alone makes inodes,
// so nothing that such an open can reach is a foreign file.
UniqueFd open_inside(const UniqueFd& dir, const char* name) {
    open_how how{};
    how.flags = O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS;
    UniqueFd fd(
        static_cast<int>(retry([&] { return ::syscall(SYS_openat2, dir.get(), name, &how, sizeof how); })));
    // ENOSYS before Linux 5.6, EPERM from seccomp filters of outer containers that do not know the call.
    if (!fd && (errno == ENOSYS || errno == EPERM)) {
        fd.reset(::openat(dir.get(), name, O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC));
        struct statfs of_file {};
        if (fd && (::fstatfs(fd.get(), &of_file) < 0 || of_file.f_type != DEVPTS_SUPER_MAGIC)) {
            fd.reset();
            errno = EXDEV;
        }
    }
    return fd;
}

void change_mode(const UniqueFd& terminal, const termios& mode) {
    if (retry([&] { return ::tcsetattr(terminal.get(), TCSANOW, &mode); }) < 0)
        throw Error::from_errno(errno, "set terminal mode");
}

termios mode_of(const UniqueFd& terminal) {
    termios mode{};
    if (::tcgetattr(terminal.get(), &mode) < 0) throw Error::from_errno(errno, "get terminal mode");
    return mode;
}

}  // namespace

bool is_terminal_number(int fd) {
    termios mode{};
    return ::tcgetattr(fd, &mode) == 0;
}
bool is_terminal(const UniqueFd& fd) {
    return is_terminal_number(fd.get());
}

std::optional<WindowSize> try_window_size(const UniqueFd& fd) {
    winsize size{};
    if (::ioctl(fd.get(), TIOCGWINSZ, &size) < 0) return std::nullopt;
    return WindowSize{size.ws_row, size.ws_col};
}

int try_set_window_size(const UniqueFd& fd, WindowSize size) {
    winsize kernel{};
    kernel.ws_row = size.rows;
    kernel.ws_col = size.columns;
    return ::ioctl(fd.get(), TIOCSWINSZ, &kernel) < 0 ? errno : 0;
}

UniqueFd open_pty_master(const std::string& directory) {
    UniqueFd dir(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!dir) throw Error::from_errno(errno, fmt::format("open {}", directory));
    struct statfs file_system {};
    if (::fstatfs(dir.get(), &file_system) < 0)
        throw Error::from_errno(errno, fmt::format("statfs {}", directory));
    if (file_system.f_type != DEVPTS_SUPER_MAGIC)
        throw Error(fmt::format(
            "verify ptmx handle: ptmx handle is not on a real devpts mount: super magic of {} is {:#x}",
            directory, static_cast<unsigned long>(file_system.f_type)));

    UniqueFd master = open_inside(dir, "ptmx");
    if (!master) throw Error::from_errno(errno, fmt::format("open {}/ptmx", directory));
    struct stat found {};
    if (::fstat(master.get(), &found) < 0)
        throw Error::from_errno(errno, fmt::format("stat {}/ptmx", directory));
    if (found.st_ino != kPtmxInode)
        throw Error(fmt::format("verify ptmx handle: ptmx handle has wrong inode number: {}", found.st_ino));
    if (!S_ISCHR(found.st_mode) || found.st_rdev != makedev(kPtmxMajor, kPtmxMinor))
        throw Error(fmt::format(
            "verify ptmx handle: ptmx handle is not a real char ptmx device: ftype {:#x} {}:{}",
            found.st_mode & static_cast<unsigned>(S_IFMT), major(found.st_rdev), minor(found.st_rdev)));

    int locked = 0;
    if (::ioctl(master.get(), TIOCSPTLCK, &locked) < 0) throw Error::from_errno(errno, "unlock pty");
    return master;
}

UniqueFd open_pty_peer(const UniqueFd& master) {
    UniqueFd peer(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!peer)
        throw Error::from_errno(errno,
                                "failed to get peer end of newly-allocated console: ioctl TIOCGPTPEER");
    return peer;
}

unsigned pty_number(const UniqueFd& master) {
    unsigned number = 0;
    if (::ioctl(master.get(), TIOCGPTN, &number) < 0) throw Error::from_errno(errno, "get number of pty");
    return number;
}

void make_stdin_controlling_terminal() {
    if (::ioctl(0, TIOCSCTTY, 0) < 0) throw Error::from_errno(errno, "ioctl(setctty)");
}

void clear_newline_translation(const UniqueFd& terminal) {
    termios mode = mode_of(terminal);
    mode.c_oflag &= ~static_cast<tcflag_t>(ONLCR);
    change_mode(terminal, mode);
}

struct SavedTerminalMode::Mode {
    int fd;
    termios before;
    bool changed = false;
};

SavedTerminalMode::SavedTerminalMode(const UniqueFd& terminal)
    : mode_(std::make_unique<Mode>(Mode{terminal.get(), mode_of(terminal)})) {}

SavedTerminalMode::SavedTerminalMode(SavedTerminalMode&&) noexcept = default;
SavedTerminalMode::~SavedTerminalMode() {
    restore();
}

void SavedTerminalMode::set_raw() {
    termios raw = mode_->before;
    ::cfmakeraw(&raw);
    // Output stays processed: raw output would print every newline of other writers as a staircase.
    raw.c_oflag |= OPOST;
    mode_->changed = true;
    if (retry([&] { return ::tcsetattr(mode_->fd, TCSANOW, &raw); }) < 0)
        throw Error::from_errno(errno, "failed to set the terminal from the stdin");
}

void SavedTerminalMode::restore() noexcept {
    if (mode_ == nullptr || !mode_->changed) return;
    retry([&] { return ::tcsetattr(mode_->fd, TCSANOW, &mode_->before); });
    mode_->changed = false;
}

StandardStream open_standard_stream(int number, bool write) {
    struct stat found {};
    if (::fstat(number, &found) < 0)
        throw Error::from_errno(errno, fmt::format("stat standard stream {}", number));
    // Regular files never wait, and a new description would start at offset 0.
    if (S_ISREG(found.st_mode)) return {duplicate_inherited(number), true};
    if (S_ISFIFO(found.st_mode) || S_ISCHR(found.st_mode)) {
        const int flags = (write ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
        UniqueFd again(::open(proc_fd_path(number).c_str(), flags));
        if (again) return {std::move(again), true};
    }
    return {duplicate_inherited(number), false};
}

void set_nonblocking(const UniqueFd& fd) {
    const int flags = ::fcntl(fd.get(), F_GETFL);
    if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) < 0)
        throw Error::from_errno(errno, "set non-blocking");
}

long try_read_some(const UniqueFd& fd, char* data, std::size_t size) {
    return retry([&] { return ::read(fd.get(), data, size); });
}

long try_write_some(const UniqueFd& fd, const char* data, std::size_t size) {
    return retry([&] { return ::write(fd.get(), data, size); });
}

}  // namespace runcxx::sys
