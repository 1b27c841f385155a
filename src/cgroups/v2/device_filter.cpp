// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v2/device_filter.h"

#include <sys/resource.h>

#include <cerrno>
#include <optional>

#include <fmt/core.h>

#include "base/log.h"
#include "base/text.h"
#include "cgroups/v2/device_program.h"
#include "sys/bpf.h"
#include "sys/limits.h"

namespace runcxx::cgroups::v2 {
namespace {

constexpr auto kLockedMemory = "RLIMIT_MEMLOCK";

// Kernels before 5.11 charge programs to the locked memory of the caller.
class UnlimitedLockedMemory {
public:
    UnlimitedLockedMemory() : before_(sys::try_limit(0, kLockedMemory)) {
        if (before_ && before_->soft != RLIM_INFINITY) raise();
    }
    UnlimitedLockedMemory(const UnlimitedLockedMemory&) = delete;
    UnlimitedLockedMemory& operator=(const UnlimitedLockedMemory&) = delete;
    // Hooks are not to inherit it.
    ~UnlimitedLockedMemory() {
        if (was_raised_) try_set(*before_);
    }

    bool was_raised() const { return was_raised_; }

private:
    // As far as the hard limit goes without CAP_SYS_RESOURCE.
    void raise() {
        was_raised_ = try_set({RLIM_INFINITY, RLIM_INFINITY}) || try_set({before_->hard, before_->hard});
    }
    static bool try_set(sys::Limit limit) {
        try {
            sys::set_limit(0, kLockedMemory, limit);
            return true;
        } catch (const Error& error) {
            log::debug("{}", error.message());
            return false;
        }
    }

    std::optional<sys::Limit> before_;
    bool was_raised_ = false;
};

std::string last_line(std::string_view text) {
    const auto lines = split(trim(text), '\n');
    std::string last;
    for (const auto line : lines)
        // The statistics at the end are no reason.
        if (!trim(line).empty() && !line.starts_with("processed ") && !line.starts_with("verification time"))
            last = trim(line);
    return last;
}

// What to do about a refused program. Only after a failure: it asks the kernel again, slowly.
std::string load_hint(int failure, std::span<const bpf_insn> program) {
    if (failure == ENOSYS) return "this kernel has no bpf(2): CONFIG_BPF_SYSCALL is not set";
    if (failure == EPERM)
        return "it takes CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN, in the host's user namespace; besides, "
               "a seccomp filter around the runtime, an LSM or lockdown may forbid bpf(2), and before Linux "
               "5.11 RLIMIT_MEMLOCK may be too low";
    sys::UniqueFd loaded;
    const auto smallest = device_program(DeviceState());
    if (failure == EINVAL && sys::try_load_device_program(smallest, loaded) == EINVAL)
        return "this kernel has no device programs: CONFIG_CGROUP_BPF is not set, or it is older than 4.15";
    if (failure == E2BIG && program.size() > 4096)
        return fmt::format("{} instructions are too many for this kernel; 4096 is the limit before Linux 5.2",
                           program.size());
    if (failure != EINVAL && failure != EACCES) return {};
    std::string log;
    sys::try_load_device_program(program, loaded, &log);
    if (const auto words = last_line(log); !words.empty()) return "the verifier says: " + words;
    return failure == EACCES ? "an LSM may forbid bpf(2), SELinux by its class bpf" : "";
}

Error with_hint(int failure, std::string_view what, const std::string& hint) {
    auto error = Error::from_errno(failure, what);
    if (!hint.empty()) error.add_hint(hint);
    return error;
}

Error attach_error(int failure, const Directory& directory) {
    std::string hint;
    if (failure == EPERM)
        hint =
            "a program of an ancestor or of this cgroup was attached so that it is to be the only one, "
            "without BPF_F_ALLOW_MULTI; `bpftool cgroup tree` shows it";
    if (failure == E2BIG) hint = "64 programs, the most a cgroup can have, are attached";
    if (failure == EINVAL) hint = "CONFIG_CGROUP_BPF is not set, or the kernel is older than 4.15";
    return with_hint(failure, "attach device program to " + directory.path(), hint);
}

// Those attached now that can be replaced or detached.
std::vector<sys::UniqueFd> attached_programs(const Directory& directory) {
    std::vector<std::uint32_t> ids;
    if (const int failure = sys::try_device_programs(directory.fd(), ids))
        throw with_hint(failure, "list device programs of " + directory.path(), "");
    std::vector<sys::UniqueFd> programs;
    for (const auto id : ids) {
        sys::UniqueFd program;
        const int failure = sys::try_open_program(id, program);
        if (failure == 0)
            programs.push_back(std::move(program));
        else if (failure == EPERM || failure == EACCES)
            log::debug("device program {} of {} stays: {}", id, directory.path(), errno_text(failure));
        else if (failure != ENOENT)
            throw with_hint(failure, fmt::format("open device program {}", id), "");
    }
    return programs;
}

// Returns 0 or the errno; ENOENT: `old` is not attached any more.
int try_replace(const Directory& directory, const sys::UniqueFd& program, const sys::UniqueFd& old) {
    const int failure = sys::try_attach_device_program(directory.fd(), program, &old);
    if (failure != EINVAL) return failure;
    if (const int refused = sys::try_attach_device_program(directory.fd(), program, nullptr)) return refused;
    return sys::try_detach_device_program(directory.fd(), old);
}

}  // namespace

sys::UniqueFd load_device_program(const DeviceState& state) {
    const auto program = device_program(state);
    sys::UniqueFd loaded;
    int failure = sys::try_load_device_program(program, loaded);
    if (failure == EPERM) {
        const UnlimitedLockedMemory unlimited;
        if (unlimited.was_raised()) failure = sys::try_load_device_program(program, loaded);
    }
    if (failure != 0) throw with_hint(failure, "load device program", load_hint(failure, program));
    return loaded;
}

void attach_device_program(const Directory& directory, const sys::UniqueFd& program, bool is_new) {
    const auto old = is_new ? std::vector<sys::UniqueFd>() : attached_programs(directory);
    bool is_attached = false;
    for (const auto& each : old) {
        const int failure = is_attached ? sys::try_detach_device_program(directory.fd(), each)
                                        : try_replace(directory, program, each);
        if (failure != 0 && failure != ENOENT) throw attach_error(failure, directory);
        if (failure == 0) is_attached = true;
    }
    if (is_attached) return;
    if (const int failure = sys::try_attach_device_program(directory.fd(), program, nullptr))
        throw attach_error(failure, directory);
}

}  // namespace runcxx::cgroups::v2
