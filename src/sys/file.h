// SPDX-License-Identifier: Apache-2.0
// Files and directories by HostPath or below a directory fd. Names that a container controls must go through
// rootfs::RootDir instead (sys/openat2.h).
// Every function throws Error "<call> <object>: <errno text>"; try_ forms return 0 or the errno. EINTR is
// retried. Runs in: either.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/paths.h"
#include "sys/unique_fd.h"

namespace runcxx::sys {

// open(2); O_CLOEXEC is always added. try_open returns an empty fd and sets errno.
UniqueFd open_file(const HostPath& path, int flags, mode_t mode = 0);
UniqueFd try_open(const HostPath& path, int flags, mode_t mode = 0);
// openat(2) below a directory fd; `name` should be one component, O_NOFOLLOW is the caller's choice.
UniqueFd open_at(const UniqueFd& dir, const std::string& name, int flags, mode_t mode = 0);
UniqueFd try_open_at(const UniqueFd& dir, const std::string& name, int flags, mode_t mode = 0);

// Reads to end of file; at most `limit` bytes, more is an error ("file is larger than N bytes").
std::string read_all(const UniqueFd& fd, std::string_view object, std::size_t limit = 16U << 20);
std::string read_file(const HostPath& path, std::size_t limit = 16U << 20);
std::optional<std::string> try_read_file(const HostPath& path, std::size_t limit = 16U << 20);

// One read(2) of up to 4 KiB, for pipes and sockets that poll(2) called readable; empty at end of file.
std::string read_available(const UniqueFd& fd);

void write_all(const UniqueFd& fd, std::string_view data, std::string_view object);
// One write(2) of the whole text, for kernel files where a split write means something else; returns errno or
// 0.
int try_write_once(const UniqueFd& fd, std::string_view data);
// Whether it is open for writing (fcntl(2) F_GETFL): 0, or EBADF.
int try_check_writable(const UniqueFd& fd);
// Opens an existing file O_WRONLY (never creates) and writes once.
void write_existing(const HostPath& path, std::string_view data);

// "<dir>/<name>" by a temporary file in the same directory and rename(2): readers see old or new, never half.
class StagedFile {
public:
    // Writes the temporary file. `dir` must stay open.
    StagedFile(const UniqueFd& dir, std::string name, std::string_view data, mode_t mode);
    StagedFile(const StagedFile&) = delete;
    StagedFile& operator=(const StagedFile&) = delete;
    // Removes it when it was not committed.
    ~StagedFile();
    void commit();

private:
    const UniqueFd& dir_;
    std::string name_, temporary_;
};
// Both at once.
void write_atomically(const UniqueFd& dir, const std::string& name, std::string_view data, mode_t mode);

void make_dir(const HostPath& path, mode_t mode);
int try_make_dir(const HostPath& path, mode_t mode);
// mkdir -p; existing components are left alone.
void make_dirs(const HostPath& path, mode_t mode);
void make_fifo_at(const UniqueFd& dir, const std::string& name, mode_t mode);

int try_unlink(const HostPath& path);
int try_unlink_at(const UniqueFd& dir, const std::string& name);
int try_rmdir(const HostPath& path);
void rename_file(const HostPath& from, const HostPath& to);
// rm -rf without following a link, by directory fds. A missing path is fine.
void remove_tree(const HostPath& path);

struct stat stat_fd(const UniqueFd& fd, std::string_view object);
// Follows links; nullopt when the path cannot be looked up (errno says why).
std::optional<struct stat> try_stat(const HostPath& path);
bool exists(const HostPath& path);
// Whether there is an entry of that name, be it a link to nowhere.
bool exists_at(const UniqueFd& dir, const std::string& name);
void chown_fd(const UniqueFd& fd, uid_t uid, gid_t gid, std::string_view object);
void chmod_fd(const UniqueFd& fd, mode_t mode, std::string_view object);
std::string read_link(const HostPath& path);
std::optional<std::string> try_read_link(const HostPath& path);
// Names in a directory without "." and "..".
std::vector<std::string> list_dir(const HostPath& path);
std::vector<std::string> list_dir(const UniqueFd& dir);
// Those of directories, and of symbolic links to some.
std::vector<std::string> list_subdirectories(const HostPath& path);

// statfs(2) f_type (PROC_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, ...), 0 when it cannot be read.
long file_system_type(const HostPath& path);
long file_system_type(const UniqueFd& fd);

// flock(2). lock_exclusive waits; try_lock_exclusive returns false when somebody holds it.
void lock_exclusive(const UniqueFd& fd, std::string_view object);
bool try_lock_exclusive(const UniqueFd& fd);
void unlock(const UniqueFd& fd);

// What was written into a pipe and not read yet (ioctl FIONREAD).
std::size_t unread_bytes(const UniqueFd& pipe);

std::string current_dir();
void change_dir(const HostPath& path);
void change_dir(const UniqueFd& dir, std::string_view object);

}  // namespace runcxx::sys
