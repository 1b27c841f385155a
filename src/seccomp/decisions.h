// SPDX-License-Identifier: Apache-2.0
// Splits a profile: numbers about which all rules agree on the action, and what is left for libseccomp: calls
// that an architecture multiplexes, and numbers with rules that contradict each other. For those the filter
// has every rule there is; for the others none is needed. Private to this module. Runs in: runtime.
#pragma once

#include <cstdint>
#include <vector>

#include "seccomp/number_tree.h"
#include "seccomp/profile.h"

namespace runcxx::seccomp {

// What a filter cannot say about system calls younger than the profile. C libraries try a new call first and
// the old one on ENOSYS; a profile that does not know the new call answers EPERM or kills, and the fallback is
// never reached. So numbers above `largest`, the largest one that the profile names (whatever it says about
// it), get ENOSYS. The same rule as runc's, with its limits: numbers that were skipped below the largest are
// left to the filter. On x86_64 numbers with bit 30 are x32's and those without are not; `largest` of x32 has
// the bit set. On s390 and s390x number 0 gets ENOSYS, too: it is all a filter sees of an unknown multiplexed
// call. `architecture` is SCMP_ARCH_*.
std::vector<NumberRange> unknown_numbers(std::uint32_t architecture, std::uint32_t largest);

// The kernel's AUDIT_ARCH_* of an SCMP_ARCH_*.
std::uint32_t audit_architecture(std::uint32_t architecture);

struct Decisions {
    std::vector<ArchitectureRanges> decided;
    std::vector<const Rule*> left;  // in the order of the profile
};

// Borrows from `profile`.
Decisions decide(const Profile& profile);

}  // namespace runcxx::seccomp
