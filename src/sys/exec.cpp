// SPDX-License-Identifier: Apache-2.0
#include "sys/exec.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <utility>

#include "base/error.h"
#include "sys/file.h"

namespace runcxx::sys {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (const auto& text : strings)
        result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

int errno_if(long result) {
    return result < 0 ? errno : 0;
}

#ifndef SYS_faccessat2
constexpr long kFaccessat2 = 439;
#else
constexpr long kFaccessat2 = SYS_faccessat2;
#endif

}  // namespace

int try_execute(const std::string& path, const std::vector<std::string>& args,
                const std::vector<std::string>& env) {
    const auto argv = pointers(args);
    const auto envp = pointers(env);
    ::execve(path.c_str(), argv.data(), envp.data());
    return errno;
}

int try_access_executable(const std::string& path) {
    // Not glibc's faccessat, which answers AT_EACCESS from mode bits where the call is missing and so does
    // not see capabilities or noexec.
    const int error = errno_if(::syscall(kFaccessat2, AT_FDCWD, path.c_str(), X_OK, AT_EACCESS));
    if (error != ENOSYS && error != EPERM) return error;
    // Before Linux 5.8, or behind a seccomp filter that does not know the call: the execute bits have to do.
    struct stat found {};
    if (::stat(path.c_str(), &found) < 0) return errno;
    return (found.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0 ? 0 : EACCES;
}

void end_on_termination_signals() {
    struct sigaction action {};
    action.sa_handler = [](int signal) { ::_exit(128 + signal); };
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM})
        ::sigaction(signal, &action, nullptr);
}

int try_stat_path(const std::string& path, struct stat& result) {
    return errno_if(::stat(path.c_str(), &result));
}

int try_stat_stream(int number, struct stat& result) {
    return errno_if(::fstat(number, &result));
}

int try_chown_stream(int number, uid_t uid) {
    return errno_if(::fchown(number, uid, static_cast<gid_t>(-1)));
}

bool is_on_noexec_mount(const UniqueFd& fd) {
    struct statvfs file_system {};
    return ::fstatvfs(fd.get(), &file_system) == 0 && (file_system.f_flag & ST_NOEXEC) != 0;
}

int try_change_dir(const std::string& path) {
    return errno_if(::chdir(path.c_str()));
}

int try_current_dir(std::string& path) {
    // "(unreachable)" and a path of PATH_MAX, with its NUL.
    std::array<char, PATH_MAX + 16> buffer{};
    const long length = ::syscall(SYS_getcwd, buffer.data(), buffer.size());
    if (length < 0) return errno;
    path = buffer.data();
    return 0;
}

std::vector<std::string> own_environment() {
    std::vector<std::string> entries;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry)
        entries.emplace_back(*entry);
    return entries;
}

UniqueFd make_program_input(std::string_view data) {
    constexpr std::size_t kDefaultPipeSize = 64U << 10;
    auto pipe = make_pipe();
    const bool fits = data.size() <= kDefaultPipeSize ||
                      ::fcntl(pipe.write_end.get(), F_SETPIPE_SZ,
                              static_cast<int>(std::min<std::size_t>(data.size(), INT_MAX))) >=
                          static_cast<int>(data.size());
    // Users over their limit of pipe memory get small pipes, whatever was asked for: never wait for room.
    if (fits && ::fcntl(pipe.write_end.get(), F_SETFL, O_NONBLOCK) == 0 &&
        try_write_once(pipe.write_end, data) == 0)
        return std::move(pipe.read_end);

    UniqueFd file(static_cast<int>(::syscall(SYS_memfd_create, "stdin", MFD_CLOEXEC)));
    if (!file) throw Error::from_errno(errno, "create a memory file");
    write_all(file, data, "memory file");
    if (::lseek(file.get(), 0, SEEK_SET) < 0) throw Error::from_errno(errno, "rewind a memory file");
    return file;
}

}  // namespace runcxx::sys
