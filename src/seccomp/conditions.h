// SPDX-License-Identifier: Apache-2.0
// Comparisons of system call arguments as BPF. Private to this module. Runs in: runtime.
#pragma once

#include <linux/filter.h>
#include <seccomp.h>

#include <cstdint>
#include <vector>

namespace runcxx::seccomp {

using Conditions = std::vector<scmp_arg_cmp>;  // all have to hold

// Code that returns `action` when one of `alternatives` holds and otherwise gets to its end, which is a
// leave_tree() (number_tree.h). `wide`: arguments have 64 bits; else the upper half of what they are compared
// with is ignored, as libseccomp does.
std::vector<sock_filter> make_condition_code(const std::vector<Conditions>& alternatives,
                                             std::uint32_t action, bool wide);

}  // namespace runcxx::seccomp
