// SPDX-License-Identifier: Apache-2.0
// Ids, groups, capabilities and the other per-process credentials of credentials(7).
// Runs in: either. try_ forms return 0 or the errno.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

namespace runcxx::sys {

// setgroups(2): replaces all supplementary groups. EPERM when /proc/self/setgroups says "deny".
int try_set_groups(std::span<const std::uint32_t> groups);
// setgid(2)/setuid(2): all three ids for a privileged caller. EINVAL: the id is not mapped in the user
// namespace.
int try_set_gid(gid_t gid);
int try_set_uid(uid_t uid);
uid_t effective_uid();
gid_t effective_gid();

// umask(2); returns the mask before.
mode_t set_umask(mode_t mask);

// prctl(PR_SET_NO_NEW_PRIVS): irreversible, inherited over fork and execve.
void set_no_new_privileges();

// prctl(PR_SET_KEEPCAPS): permitted capabilities survive a change from uid 0. The kernel clears it at execve.
void set_keep_capabilities(bool on);

// Bit n = capability n.
struct ThreadCapabilities {
    std::uint64_t effective = 0;
    std::uint64_t permitted = 0;
    std::uint64_t inheritable = 0;

    bool operator==(const ThreadCapabilities&) const = default;
};
// capget(2) and capset(2) of the calling thread; bits the kernel does not know are ignored by it.
ThreadCapabilities thread_capabilities();
int try_set_thread_capabilities(const ThreadCapabilities& sets);

// prctl(PR_CAPBSET_DROP). EINVAL: the kernel has no such capability; EPERM: CAP_SETPCAP is missing.
int try_drop_from_bounding_set(unsigned capability);
// prctl(PR_CAPBSET_READ); false for capabilities the kernel does not have.
bool is_in_bounding_set(unsigned capability);

// prctl(PR_CAP_AMBIENT), Linux 4.3 (EINVAL before).
int try_clear_ambient_set();
int try_raise_ambient(unsigned capability);
bool is_in_ambient_set(unsigned capability);

// prctl(PR_GET_PDEATHSIG/PR_SET_PDEATHSIG); 0 is none. The kernel clears it when credentials change.
int parent_death_signal();
void set_parent_death_signal(int signal);

}  // namespace runcxx::sys
