// SPDX-License-Identifier: Apache-2.0
#include "sys/limits.h"

#include <sys/resource.h>

#include <cerrno>
#include <string>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "sys/file.h"

namespace runcxx::sys {
namespace {

constexpr Named<int> kLimits[] = {
    {"RLIMIT_AS", RLIMIT_AS},
    {"RLIMIT_CORE", RLIMIT_CORE},
    {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},
    {"RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"RLIMIT_NPROC", RLIMIT_NPROC},
    {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    {"RLIMIT_RTTIME", RLIMIT_RTTIME},
    {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
};

int try_exchange(pid_t pid, int number, const Limit* wanted, Limit* before) {
    rlimit64 new_value{};
    if (wanted != nullptr) new_value = {wanted->soft, wanted->hard};
    rlimit64 old_value{};
    // glibc declares the first enum for C++, and the number is the kernel's either way.
    const auto resource = static_cast<__rlimit_resource>(number);
    if (::prlimit64(pid, resource, wanted != nullptr ? &new_value : nullptr,
                    before != nullptr ? &old_value : nullptr) < 0)
        return errno;
    if (before != nullptr) *before = {old_value.rlim_cur, old_value.rlim_max};
    return 0;
}

std::string limit_text(std::uint64_t value) {
    return value == RLIM64_INFINITY ? std::string("unlimited") : fmt::format("{}", value);
}

std::string reason(pid_t pid, std::string_view name, int number, Limit limit, int error) {
    if (error == EINVAL && limit.soft > limit.hard)
        return fmt::format(" ({}: soft limit {} is above hard limit {})", name, limit_text(limit.soft),
                           limit_text(limit.hard));
    if (error != EPERM) return fmt::format(" ({})", name);
    if (number == RLIMIT_NOFILE) {
        const auto most = try_read_file(HostPath("/proc/sys/fs/nr_open"), 64);
        const auto value = most ? std::string(trim(*most)) : std::string();
        const auto hard = fmt::format("{}", limit.hard);
        if (!value.empty() && (hard.size() > value.size() || (hard.size() == value.size() && hard > value)))
            return fmt::format(" ({} {} is above fs.nr_open, which is {})", name, limit_text(limit.hard),
                               value);
    }
    Limit current;
    if (try_exchange(pid, number, nullptr, &current) == 0 && limit.hard > current.hard)
        return fmt::format(" (raising the hard limit of {} from {} to {} needs CAP_SYS_RESOURCE)", name,
                           limit_text(current.hard), limit_text(limit.hard));
    return fmt::format(" ({})", name);
}

}  // namespace

std::optional<int> limit_number(std::string_view name) {
    return find_value(kLimits, name);
}

void set_limit(pid_t pid, std::string_view name, Limit limit) {
    const int number = *limit_number(name);
    const int error = try_exchange(pid, number, &limit, nullptr);
    if (error == 0) return;
    throw Error(Error::Kind::Failure,
                fmt::format("error setting rlimit type {}: {}{}", number, errno_text(error),
                            reason(pid, name, number, limit, error)),
                error);
}

std::optional<Limit> try_limit(pid_t pid, std::string_view name) {
    Limit limit;
    const auto number = limit_number(name);
    if (!number || try_exchange(pid, *number, nullptr, &limit) != 0) return std::nullopt;
    return limit;
}

}  // namespace runcxx::sys
