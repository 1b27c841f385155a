// SPDX-License-Identifier: Apache-2.0
// Runs a piece of a test in a forked child with a mount namespace of its own (and, without privileges, a user
// namespace that makes it root there), so that real mounts leave nothing behind.
#pragma once

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "support/fd.h"
#include "support/temp_dir.h"

namespace runcxx::tests {

inline void write_proc(const char* path, const std::string& text) {
    const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw std::runtime_error(std::string("cannot write ") + path);
    ::close(fd);
}

// The directory that the innermost in_child() made for its child, who may lose sight of it (and so can't remove it).
inline std::filesystem::path& child_directory() {
    static std::filesystem::path path;
    return path;
}

// "" when `body` went through, else what was thrown.
inline std::string in_child(const std::function<void()>& body) {
    auto pipe = make_pipe();
    const TempDir directory;
    const pid_t child = ::fork();
    if (child == 0) {
        std::string text;
        child_directory() = directory.path();
        try {
            body();
        } catch (const std::exception& error) {
            text = error.what();
            if (text.empty()) text = "exception without text";
        }
        [[maybe_unused]] const auto n = ::write(pipe.write_end.get(), text.data(), text.size());
        ::_exit(text.empty() ? 0 : 1);
    }
    pipe.write_end.reset();
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = ::read(pipe.read_end.get(), buffer, sizeof buffer)) > 0;)
        text.append(buffer, n);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (text.empty() && status != 0) text = "child ended with status " + std::to_string(status);
    return text;
}

inline void enter_private_mounts(bool user_namespace = ::geteuid() != 0) {
    if (user_namespace) {
        const auto uid = std::to_string(::geteuid()), gid = std::to_string(::getegid());
        if (::unshare(CLONE_NEWUSER) < 0) throw std::runtime_error("unshare(CLONE_NEWUSER)");
        write_proc("/proc/self/setgroups", "deny");
        write_proc("/proc/self/uid_map", "0 " + uid + " 1\n");
        write_proc("/proc/self/gid_map", "0 " + gid + " 1\n");
    }
    if (::unshare(CLONE_NEWNS) < 0) throw std::runtime_error("unshare(CLONE_NEWNS)");
    if (::mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) < 0)
        throw std::runtime_error("make / private");
}

inline std::string in_namespace(const std::function<void()>& body) {
    return in_child([&] {
        enter_private_mounts();
        body();
    });
}

// From here on the calls fail with ENOSYS, as on an old kernel.
inline void deny_syscalls(std::initializer_list<long> numbers) {
    for (const long number : numbers) {
        sock_filter code[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        const sock_fprog program{4, code};
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) throw std::runtime_error("seccomp");
    }
}

// CHECK for the child.
inline void expect(bool condition, const std::string& what) {
    if (!condition) throw std::runtime_error("expected: " + what);
}
template <class A, class B>
void expect_equal(const A& actual, const B& wanted, const std::string& what) {
    if (actual == wanted) return;
    std::string text = what;
    if constexpr (std::is_convertible_v<A, std::string>)
        text += ": " + std::string(actual);
    else
        text += ": " + std::to_string(actual);
    throw std::runtime_error("unexpected " + text);
}
// The text of the Error that `body` throws; fails when it throws none.
inline std::string error_of(const std::function<void()>& body) {
    try {
        body();
    } catch (const Error& error) {
        return error.message();
    }
    throw std::runtime_error("expected an error, there was none");
}
inline void expect_error(const std::function<void()>& body, const std::string& part) {
    const auto text = error_of(body);
    if (text.find(part) == std::string::npos) throw std::runtime_error("unexpected error: " + text);
}

}  // namespace runcxx::tests
