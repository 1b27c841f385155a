// SPDX-License-Identifier: Apache-2.0
#include "sys/credentials.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"

namespace runcxx::sys {
namespace {

int errno_if(long result) {
    return result < 0 ? errno : 0;
}

std::uint64_t joined(std::uint32_t low, std::uint32_t high) {
    return static_cast<std::uint64_t>(high) << 32 | low;
}
std::uint32_t low_half(std::uint64_t bits) {
    return static_cast<std::uint32_t>(bits);
}
std::uint32_t high_half(std::uint64_t bits) {
    return static_cast<std::uint32_t>(bits >> 32);
}

}  // namespace

int try_set_groups(std::span<const std::uint32_t> groups) {
    static_assert(sizeof(gid_t) == sizeof(std::uint32_t));
    return errno_if(::setgroups(groups.size(), groups.data()));
}

int try_set_gid(gid_t gid) {
    return errno_if(::setgid(gid));
}
int try_set_uid(uid_t uid) {
    return errno_if(::setuid(uid));
}
uid_t effective_uid() {
    return ::geteuid();
}
gid_t effective_gid() {
    return ::getegid();
}

mode_t set_umask(mode_t mask) {
    return ::umask(mask);
}

void set_no_new_privileges() {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        throw Error::from_errno(errno, "prctl(SET_NO_NEW_PRIVS)");
}

void set_keep_capabilities(bool on) {
    if (::prctl(PR_SET_KEEPCAPS, on ? 1 : 0, 0, 0, 0) < 0)
        throw Error::from_errno(errno, "prctl(SET_KEEPCAPS)");
}

ThreadCapabilities thread_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
    if (::syscall(SYS_capget, &header, data) < 0) throw Error::from_errno(errno, "capget");
    return {.effective = joined(data[0].effective, data[1].effective),
            .permitted = joined(data[0].permitted, data[1].permitted),
            .inheritable = joined(data[0].inheritable, data[1].inheritable)};
}

int try_set_thread_capabilities(const ThreadCapabilities& sets) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
        {low_half(sets.effective), low_half(sets.permitted), low_half(sets.inheritable)},
        {high_half(sets.effective), high_half(sets.permitted), high_half(sets.inheritable)}};
    return errno_if(::syscall(SYS_capset, &header, data));
}

int try_drop_from_bounding_set(unsigned capability) {
    return errno_if(::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0));
}

bool is_in_bounding_set(unsigned capability) {
    return ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
}

int try_clear_ambient_set() {
    return errno_if(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
}

int try_raise_ambient(unsigned capability) {
    return errno_if(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0));
}

bool is_in_ambient_set(unsigned capability) {
    return ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) == 1;
}

int parent_death_signal() {
    int signal = 0;
    if (::prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0) < 0)
        throw Error::from_errno(errno, "prctl(GET_PDEATHSIG)");
    return signal;
}

void set_parent_death_signal(int signal) {
    if (::prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) < 0)
        throw Error::from_errno(errno, "prctl(SET_PDEATHSIG)");
}

}  // namespace runcxx::sys
