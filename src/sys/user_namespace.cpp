// SPDX-License-Identifier: Apache-2.0
#include "sys/user_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"
#include "sys/file.h"
#include "sys/retry.h"
#include "sys/unique_fd.h"

namespace runcxx::sys {
namespace {

bool is_denied(const std::optional<std::string>& setgroups) {
    return setgroups && trim(*setgroups) == "deny";
}

UserNamespaceMaps read_maps(const std::string& process) {
    return {.uid_map = read_file(HostPath(process + "/uid_map")),
            .gid_map = read_file(HostPath(process + "/gid_map")),
            .setgroups_denied = is_denied(try_read_file(HostPath(process + "/setgroups")))};
}

// "/proc/123/ns/user" gives "/proc/123".
std::optional<std::string> process_of(const std::string& path) {
    constexpr std::string_view kPrefix = "/proc/";
    constexpr std::string_view kSuffix = "/ns/user";
    if (!path.starts_with(kPrefix) || !path.ends_with(kSuffix) ||
        path.size() <= kPrefix.size() + kSuffix.size())
        return std::nullopt;
    const auto end = path.size() - kSuffix.size();
    if (!parse_number<unsigned>(std::string_view(path).substr(kPrefix.size(), end - kPrefix.size())))
        return std::nullopt;
    return path.substr(0, end);
}

// A child that sits in the namespace until the destructor ends it.
class Visitor {
public:
    Visitor(const UniqueFd& ns, const HostPath& path) {
        const Pipe report = make_pipe();
        pid_ = ::fork();
        if (pid_ < 0) throw Error::from_errno(errno, "fork");
        if (pid_ == 0) {
            const int error = ::setns(ns.get(), CLONE_NEWUSER) < 0 ? errno : 0;
            const bool told = ::write(report.write_end.get(), &error, sizeof error) == sizeof error;
            while (told && error == 0)
                ::pause();
            ::_exit(1);
        }
        int error = 0;
        const auto count = retry([&] { return ::read(report.read_end.get(), &error, sizeof error); });
        if (count == sizeof error && error == 0) return;
        end();
        throw Error::from_errno(count == sizeof error ? error : EIO,
                                fmt::format("setns to user namespace {}", path.str()));
    }
    Visitor(const Visitor&) = delete;
    Visitor& operator=(const Visitor&) = delete;
    ~Visitor() { end(); }

    std::string process() const { return fmt::format("/proc/{}", pid_); }

private:
    void end() const {
        ::kill(pid_, SIGKILL);
        retry([&] { return ::waitpid(pid_, nullptr, 0); });
    }

    pid_t pid_ = -1;
};

}  // namespace

UserNamespaceMaps user_namespace_maps(const HostPath& ns) {
    if (const auto process = process_of(ns.str())) return read_maps(*process);
    const UniqueFd fd = open_file(ns, O_RDONLY);
    const Visitor visitor(fd, ns);
    return read_maps(visitor.process());
}

bool own_setgroups_denied() {
    return is_denied(try_read_file(HostPath("/proc/self/setgroups")));
}

}  // namespace runcxx::sys
