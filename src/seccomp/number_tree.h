// SPDX-License-Identifier: Apache-2.0
// The part of a filter that is decided by architecture and number, as a search tree per architecture. The
// numbers of a profile lie close together: some hundred names are some forty ranges. That matters twice, as the kernel walks a filter at every call and, when it is installed, once for
// every number there is. Private to this module. Runs in: runtime.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace runcxx::seccomp {

struct NumberRange {
    std::uint32_t first = 0;
    std::uint32_t last = 0;    // included
    std::uint32_t action = 0;  // SECCOMP_RET_*
    // When not empty, runs instead of returning `action`: every way through it returns or gets to a
    // leave_tree().
    std::vector<sock_filter> code = {};
};

// Goes on with what follows the whole tree.
sock_filter leave_tree();

struct ArchitectureRanges {
    std::uint32_t architecture = 0;   // AUDIT_ARCH_*
    std::vector<NumberRange> ranges;  // disjoint, in any order
};

// A program that returns the action of the range that a call's number is in (or runs the range's code), or else
// runs on into what follows it. Architectures are distinct; those without ranges are left out. Empty without any range.
std::vector<sock_filter> make_number_tree(const std::vector<ArchitectureRanges>& architectures);

}  // namespace runcxx::seccomp
