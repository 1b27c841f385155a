// SPDX-License-Identifier: Apache-2.0
// Against the kernel: cgroups that cannot be used, below this host's cgroup2 mount.
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "cgroups/processes.h"
#include "cgroups/v2/manager.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::cgroups;

namespace {

// "parent/child" below the mount, and a process that sleeps in the parent.
struct Family {
    Family() {
        for (const std::string candidate : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
            struct statfs facts {};
            if (statfs(candidate.c_str(), &facts) == 0 && facts.f_type == CGROUP2_SUPER_MAGIC)
                mount = candidate;
        }
        parent = mount + "/runcxx-unit-family-" + std::to_string(getpid());
        child = parent + "/child";
        is_made = geteuid() == 0 && !mount.empty() && mkdir(parent.c_str(), 0755) == 0 &&
                  mkdir(child.c_str(), 0755) == 0;
    }
    ~Family() {
        if (process > 0) {
            kill(process, SIGKILL);
            waitpid(process, nullptr, 0);
        }
        rmdir(child.c_str());
        rmdir(parent.c_str());
    }
    bool can_test() const {
        if (!is_made) WARN("skipped: needs root and a cgroup2 mount");
        return is_made;
    }
    bool put(const std::string& file, const std::string& text) const {
        std::ofstream out(file);
        out << text << std::flush;
        return out.good();
    }
    void populate(const std::string& directory) {
        process = fork();
        if (process == 0) {
            pause();
            _exit(0);
        }
        CHECK(put(directory + "/cgroup.procs", std::to_string(process)));
    }
    std::string controllers() const {
        std::ifstream file(mount + "/cgroup.controllers");
        return {std::istreambuf_iterator<char>(file), {}};
    }
    v2::UnifiedManager manager(const oci::Resources& resources) const {
        return {{.driver = config::CgroupDriver::Cgroupfs, .by_controller = {{"", child}}},
                Root(Root::Kind::V2, mount),
                mount,
                {.resources = resources}};
    }

    std::string mount, parent, child;
    bool is_made = false;
    pid_t process = 0;
};

}  // namespace

TEST_CASE("a limit whose controller a populated cgroup above holds back says which, and who is inside",
          "[root]") {
    Family family;
    if (!family.can_test()) return;
    if (family.controllers().find("hugetlb") == std::string::npos) return;
    family.populate(family.parent);
    oci::Resources resources;
    resources.hugepage_limits = {{"2MB", 1 << 21}};
    auto manager = family.manager(resources);
    // What the kernel calls a domain that has become invalid is only known once the parent has controllers.
    manager.create();
    CHECK_THROWS_WITH(
        manager.set_resources(resources, DeviceRules::Skip),
        Catch::Contains("hugetlb.2MB.max: no such file or directory (" + family.parent +
                        " does not pass the hugetlb controller on: it has processes of its own (" +
                        std::to_string(family.process)) &&
            Catch::Contains("move them into a cgroup below it"));
}

TEST_CASE("a limit of a controller that cgroup v2 does not have here says so", "[root]") {
    Family family;
    if (!family.can_test()) return;
    if (family.controllers().find("rdma") != std::string::npos) return;
    oci::Resources resources;
    resources.rdma["x"] = {.hca_handles = 1, .hca_objects = 1};
    auto manager = family.manager(resources);
    manager.create();
    CHECK_THROWS_WITH(manager.set_resources(resources, DeviceRules::Skip),
                      Catch::Contains("(" + family.mount + " has no rdma controller: "));
}

TEST_CASE("joining a cgroup that passes controllers on, or a threaded one, says why it cannot be", "[root]") {
    Family family;
    if (!family.can_test()) return;
    const Root root(Root::Kind::V2, family.mount);
    if (family.controllers().find("hugetlb") != std::string::npos) {
        family.put(family.mount + "/cgroup.subtree_control", "+hugetlb");
        REQUIRE(family.put(family.parent + "/cgroup.subtree_control", "+hugetlb"));
        CHECK_THROWS_WITH(write_process(root.try_open(family.parent), getpid()),
                          Catch::Contains("device or resource busy (it passes controllers on"));
        REQUIRE(family.put(family.parent + "/cgroup.subtree_control", "-hugetlb"));
    }
    REQUIRE(family.put(family.child + "/cgroup.type", "threaded"));
    // The parent is the root of the threads now; a cgroup of processes beside the child would be invalid.
    const auto other = family.parent + "/other";
    REQUIRE(mkdir(other.c_str(), 0755) == 0);
    CHECK_THROWS_WITH(write_process(root.try_open(other), getpid()),
                      Catch::Contains("(it is a threaded cgroup, or one that a threaded cgroup above"));
    rmdir(other.c_str());
}
