// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v2/ownership.h"

#include "support/catch.h"

using runcxx::cgroups::v2::delegated_files;
using Names = std::vector<std::string>;

TEST_CASE("delegated files are what the kernel lists, or the three of kernels that list none") {
    CHECK(delegated_files("cgroup.procs\nmemory.oom.group\n") == Names{"cgroup.procs", "memory.oom.group"});
    CHECK(delegated_files("") == Names{});
    CHECK(delegated_files(std::nullopt) == Names{"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"});
}
