// SPDX-License-Identifier: Apache-2.0
#include "sys/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "sys/retry.h"

namespace runcxx::sys {
namespace {

[[noreturn]] void fail(std::string_view call, std::string_view object) {
    throw Error::from_errno(errno, fmt::format("{} {}", call, object));
}

std::string read_up_to(const UniqueFd& fd, std::string_view object, std::size_t limit) {
    std::string data;
    // Most files here are small: one read for the content, one for its end.
    std::size_t used = 0;
    data.resize(4096);
    for (;;) {
        const auto n = retry([&] { return ::read(fd.get(), data.data() + used, data.size() - used); });
        if (n < 0) fail("read", object);
        if (n == 0) break;
        used += static_cast<std::size_t>(n);
        if (used > limit) throw Error(fmt::format("read {}: file is larger than {} bytes", object, limit));
        if (used == data.size()) data.resize(data.size() * 4);
    }
    data.resize(used);
    return data;
}

void remove_entries(const UniqueFd& dir, std::string_view object) {
    for (const auto& name : list_dir(dir)) {
        if (::unlinkat(dir.get(), name.c_str(), 0) == 0) continue;
        if (errno != EISDIR && errno != EPERM) fail("unlink", fmt::format("{}/{}", object, name));
        const auto below = open_at(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        remove_entries(below, fmt::format("{}/{}", object, name));
        if (::unlinkat(dir.get(), name.c_str(), AT_REMOVEDIR) < 0)
            fail("rmdir", fmt::format("{}/{}", object, name));
    }
}

// Without "." and "..". getdents64(2): readdir(3) looks at the descriptor three times before it reads. As there, an error
// on the way (the directory was removed) is its end.
template <class Visit>
void for_each_entry(const UniqueFd& dir, const Visit& visit) {
    // A second description of the same directory: the caller's offset must not move.
    const auto copy = try_open_at(dir, ".", O_RDONLY | O_DIRECTORY);
    if (!copy) fail("list", "directory");
    alignas(dirent64) char buffer[32768];
    for (;;) {
        const auto size = ::getdents64(copy.get(), buffer, sizeof buffer);
        if (size <= 0) return;
        for (ssize_t at = 0; at < size;) {
            const auto& entry = *reinterpret_cast<const dirent64*>(buffer + at);
            const std::string_view name = entry.d_name;
            if (name != "." && name != "..") visit(entry);
            at += entry.d_reclen;
        }
    }
}

}  // namespace

UniqueFd try_open(const HostPath& path, int flags, mode_t mode) {
    return UniqueFd(retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); }));
}

UniqueFd open_file(const HostPath& path, int flags, mode_t mode) {
    auto fd = try_open(path, flags, mode);
    if (!fd) fail("open", path.str());
    return fd;
}

UniqueFd try_open_at(const UniqueFd& dir, const std::string& name, int flags, mode_t mode) {
    return UniqueFd(retry([&] { return ::openat(dir.get(), name.c_str(), flags | O_CLOEXEC, mode); }));
}

UniqueFd open_at(const UniqueFd& dir, const std::string& name, int flags, mode_t mode) {
    auto fd = try_open_at(dir, name, flags, mode);
    if (!fd) fail("open", name);
    return fd;
}

std::string read_all(const UniqueFd& fd, std::string_view object, std::size_t limit) {
    return read_up_to(fd, object, limit);
}

std::string read_file(const HostPath& path, std::size_t limit) {
    return read_up_to(open_file(path, O_RDONLY), path.str(), limit);
}

std::optional<std::string> try_read_file(const HostPath& path, std::size_t limit) {
    const auto fd = try_open(path, O_RDONLY);
    if (!fd) return std::nullopt;
    try {
        return read_up_to(fd, path.str(), limit);
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::string read_available(const UniqueFd& fd) {
    std::array<char, 4096> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read(2) fills it
    const auto n = retry([&] { return ::read(fd.get(), buffer.data(), buffer.size()); });
    // A socket whose peer died with unread data says so once, instead of end of file.
    if (n < 0 && errno == ECONNRESET) return {};
    if (n < 0) fail("read", fmt::format("fd {}", fd.get()));
    return {buffer.data(), static_cast<std::size_t>(n)};
}

void write_all(const UniqueFd& fd, std::string_view data, std::string_view object) {
    while (!data.empty()) {
        const auto n = retry([&] { return ::write(fd.get(), data.data(), data.size()); });
        if (n < 0) fail("write", object);
        data.remove_prefix(static_cast<std::size_t>(n));
    }
}

int try_write_once(const UniqueFd& fd, std::string_view data) {
    const auto n = retry([&] { return ::write(fd.get(), data.data(), data.size()); });
    if (n < 0) return errno;
    return static_cast<std::size_t>(n) == data.size() ? 0 : EIO;
}

int try_check_writable(const UniqueFd& fd) {
    const int flags = ::fcntl(fd.get(), F_GETFL);
    if (flags < 0) return errno;
    return (flags & O_ACCMODE) == O_RDONLY ? EBADF : 0;
}

void write_existing(const HostPath& path, std::string_view data) {
    const auto fd = open_file(path, O_WRONLY);
    if (const int error = try_write_once(fd, data); error != 0)
        throw Error::from_errno(error, fmt::format("write {} to {}", quoted(data), path.str()));
}

StagedFile::StagedFile(const UniqueFd& dir, std::string name, std::string_view data, mode_t mode)
    : dir_(dir), name_(std::move(name)), temporary_(fmt::format(".{}.{}", name_, ::getpid())) {
    const auto fd = open_at(dir, temporary_, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
    try {
        write_all(fd, data, name_);
    } catch (...) {
        ::unlinkat(dir.get(), temporary_.c_str(), 0);
        throw;
    }
}

StagedFile::~StagedFile() {
    if (!temporary_.empty()) ::unlinkat(dir_.get(), temporary_.c_str(), 0);
}

void StagedFile::commit() {
    if (::renameat(dir_.get(), temporary_.c_str(), dir_.get(), name_.c_str()) < 0) fail("rename", name_);
    temporary_.clear();
}

void write_atomically(const UniqueFd& dir, const std::string& name, std::string_view data, mode_t mode) {
    StagedFile(dir, name, data, mode).commit();
}

int try_make_dir(const HostPath& path, mode_t mode) {
    return ::mkdir(path.c_str(), mode) < 0 ? errno : 0;
}

void make_dir(const HostPath& path, mode_t mode) {
    if (const int error = try_make_dir(path, mode); error != 0)
        throw Error::from_errno(error, fmt::format("mkdir {}", path.str()));
}

void make_dirs(const HostPath& path, mode_t mode) {
    const int error = try_make_dir(path, mode);
    if (error == 0 || error == EEXIST) return;
    if (error != ENOENT) throw Error::from_errno(error, fmt::format("mkdir {}", path.str()));
    make_dirs(HostPath(dir_name(path.str())), mode);
    if (const int again = try_make_dir(path, mode); again != 0 && again != EEXIST)
        throw Error::from_errno(again, fmt::format("mkdir {}", path.str()));
}

void make_fifo_at(const UniqueFd& dir, const std::string& name, mode_t mode) {
    // umask would take bits off; the fifo's mode is part of the contract with the container's user.
    if (::mkfifoat(dir.get(), name.c_str(), mode) < 0 || ::fchmodat(dir.get(), name.c_str(), mode, 0) < 0)
        fail("mkfifo", name);
}

int try_unlink(const HostPath& path) {
    return ::unlink(path.c_str()) < 0 ? errno : 0;
}
int try_unlink_at(const UniqueFd& dir, const std::string& name) {
    return ::unlinkat(dir.get(), name.c_str(), 0) < 0 ? errno : 0;
}
int try_rmdir(const HostPath& path) {
    return ::rmdir(path.c_str()) < 0 ? errno : 0;
}

void rename_file(const HostPath& from, const HostPath& to) {
    if (::rename(from.c_str(), to.c_str()) < 0) fail("rename", fmt::format("{} to {}", from.str(), to.str()));
}

void remove_tree(const HostPath& path) {
    const auto dir = try_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!dir) {
        if (errno == ENOENT) return;
        if (errno != ENOTDIR && errno != ELOOP) fail("open", path.str());
        if (::unlink(path.c_str()) < 0 && errno != ENOENT) fail("unlink", path.str());
        return;
    }
    remove_entries(dir, path.str());
    if (::rmdir(path.c_str()) < 0 && errno != ENOENT) fail("rmdir", path.str());
}

struct stat stat_fd(const UniqueFd& fd, std::string_view object) {
    struct stat st {};
    if (::fstat(fd.get(), &st) < 0) fail("stat", object);
    return st;
}

std::optional<struct stat> try_stat(const HostPath& path) {
    struct stat st {};
    if (::stat(path.c_str(), &st) < 0) return std::nullopt;
    return st;
}

bool exists(const HostPath& path) {
    return try_stat(path).has_value();
}

bool exists_at(const UniqueFd& dir, const std::string& name) {
    struct stat st {};
    return ::fstatat(dir.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
}

void chown_fd(const UniqueFd& fd, uid_t uid, gid_t gid, std::string_view object) {
    if (::fchownat(fd.get(), "", uid, gid, AT_EMPTY_PATH) < 0) fail("chown", object);
}

void chmod_fd(const UniqueFd& fd, mode_t mode, std::string_view object) {
    if (::fchmod(fd.get(), mode) < 0) fail("chmod", object);
}

std::optional<std::string> try_read_link(const HostPath& path) {
    char target[PATH_MAX];
    const auto n = ::readlink(path.c_str(), target, sizeof target);
    if (n < 0) return std::nullopt;
    return std::string(target, static_cast<std::size_t>(n));
}

std::string read_link(const HostPath& path) {
    auto target = try_read_link(path);
    if (!target) fail("readlink", path.str());
    return *std::move(target);
}

std::vector<std::string> list_dir(const UniqueFd& dir) {
    std::vector<std::string> names;
    for_each_entry(dir, [&](const dirent64& entry) { names.emplace_back(entry.d_name); });
    return names;
}

std::vector<std::string> list_dir(const HostPath& path) {
    return list_dir(open_file(path, O_RDONLY | O_DIRECTORY));
}

std::vector<std::string> list_subdirectories(const HostPath& path) {
    const auto dir = open_file(path, O_RDONLY | O_DIRECTORY);
    std::vector<std::string> names;
    for_each_entry(dir, [&](const dirent64& entry) {
        bool is_directory = entry.d_type == DT_DIR;
        if (entry.d_type == DT_UNKNOWN || entry.d_type == DT_LNK) {
            struct stat st {};
            is_directory = ::fstatat(dir.get(), entry.d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
        }
        if (is_directory) names.emplace_back(entry.d_name);
    });
    return names;
}

long file_system_type(const HostPath& path) {
    struct statfs fs {};
    return ::statfs(path.c_str(), &fs) < 0 ? 0 : fs.f_type;
}

long file_system_type(const UniqueFd& fd) {
    struct statfs fs {};
    return ::fstatfs(fd.get(), &fs) < 0 ? 0 : fs.f_type;
}

void lock_exclusive(const UniqueFd& fd, std::string_view object) {
    if (retry([&] { return ::flock(fd.get(), LOCK_EX); }) < 0) fail("lock", object);
}

bool try_lock_exclusive(const UniqueFd& fd) {
    return ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
}

std::size_t unread_bytes(const UniqueFd& pipe) {
    int count = 0;
    return ::ioctl(pipe.get(), FIONREAD, &count) == 0 ? static_cast<std::size_t>(count) : 0;
}

void unlock(const UniqueFd& fd) {
    ::flock(fd.get(), LOCK_UN);
}

std::string current_dir() {
    char path[PATH_MAX];
    if (::getcwd(path, sizeof path) == nullptr) fail("getcwd", "");
    return path;
}

void change_dir(const HostPath& path) {
    if (::chdir(path.c_str()) < 0) fail("chdir to", path.str());
}

void change_dir(const UniqueFd& dir, std::string_view object) {
    if (::fchdir(dir.get()) < 0) fail("chdir to", object);
}

}  // namespace runcxx::sys
