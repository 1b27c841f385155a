// SPDX-License-Identifier: Apache-2.0
// What a container runtime may leave behind on a host: mounts, cgroups, pinned network namespaces, child
// processes, and descriptors of the test itself. Taken before and after every integration test; any
// difference fails the test.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace runcxx::tests {

struct HostSnapshot {
    std::set<std::string> mounts;    // this mount namespace, without ids; as root, others can't mount here
    std::set<std::string> cgroups;   // directories below /sys/fs/cgroup
    std::set<std::string> netns;     // names in /run/netns
    std::set<std::string> children;  // "pid state comm" of direct children; orphans come to us, the subreaper
    std::set<std::string> fds;       // "number -> target" of this process

    static HostSnapshot take();
    // One line per thing that appeared or vanished. With SHARED_HOST=1 in the environment (others use the
    // machine at the same time) only this test process's own cgroups count; see isolate().
    std::vector<std::string> changes_since(const HostSnapshot& before) const;
};

// Removes what a failed test left (kills children, unmounts, removes cgroups), so that the next one starts
// clean.
void clean_host(const HostSnapshot& target);

}  // namespace runcxx::tests
