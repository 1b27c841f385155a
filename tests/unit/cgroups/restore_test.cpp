// SPDX-License-Identifier: Apache-2.0
#include "cgroups/restore.h"

#include "cgroups/controller.h"
#include "support/catch.h"
#include "unit/cgroups/folder.h"

using namespace runcxx;
using namespace runcxx::cgroups;
using tests::Folder;
using Texts = std::vector<std::string>;

TEST_CASE("restoring: a plain file gets its text back") {
    CHECK(restoring_writes("memory.max", "max\n", "5\n") == Texts{"max"});
    CHECK(restoring_writes("cpu.max", "max 100000\n", "5 100000\n") == Texts{"max 100000"});
    CHECK(restoring_writes("cpuset.cpus", "\n", "0\n") == Texts{"\n"});
}

TEST_CASE("restoring: in a table what was added goes, what changed is written again, the rest stays") {
    CHECK(restoring_writes("blkio.throttle.read_bps_device", "8:0 1\n8:16 2\n", "8:0 1\n8:16 9\n8:32 3\n") ==
          Texts{"8:32 0", "8:16 2"});
    CHECK(restoring_writes("io.max", "8:0 rbps=1 wbps=max riops=max wiops=max\n",
                           "8:16 rbps=2 wbps=max riops=max wiops=max\n") ==
          Texts{"8:16 rbps=max wbps=max riops=max wiops=max", "8:0 rbps=1 wbps=max riops=max wiops=max"});
    CHECK(restoring_writes("io.weight", "default 100\n", "default 200\n8:0 50\n") ==
          Texts{"8:0 default", "default 100"});
    CHECK(restoring_writes("io.bfq.weight", "default 100\n8:0 7\n", "default 100\n8:0 50\n") ==
          Texts{"8:0 7"});
    CHECK(restoring_writes("rdma.max", "mlx hca_handle=1 hca_object=max\n",
                           "mlx hca_handle=2 hca_object=max\n") == Texts{"mlx hca_handle=1 hca_object=max"});
    CHECK(restoring_writes("net_prio.ifpriomap", "lo 0\neth0 1\n", "lo 0\neth0 5\n") == Texts{"eth0 1"});
    for (const auto* name : {"blkio.weight_device", "blkio.leaf_weight_device", "blkio.bfq.weight_device",
                             "blkio.throttle.write_bps_device", "blkio.throttle.read_iops_device",
                             "blkio.throttle.write_iops_device"})
        CHECK(restoring_writes(name, "", "8:0 1\n") == Texts{"8:0 0"});
}

TEST_CASE("restoring: files that show something else than they take") {
    CHECK(restoring_writes("memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 2\n",
                           "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n") == Texts{"1"});
    CHECK(restoring_writes("cgroup.subtree_control", "cpu memory\n", "memory pids\n") ==
          Texts{"-pids", "+cpu"});
}

TEST_CASE("restoring: recorded writes are undone last first, and only what differs is written") {
    const Folder folder{};
    folder.put("a", "1\n");
    folder.put("b", "2\n");
    auto directory = folder.directory();
    Rollback undo;
    {
        const Recording recording(directory, &undo);
        directory.write("a", "3");
        directory.write("b", "4");
        directory.write("a", "5");
    }
    directory.write("b", "6");  // not recorded, and undone nevertheless: b is to be what it was
    CHECK(undo.undo().empty());
    CHECK(folder.get("a") == "1\n");
    CHECK(folder.get("b") == "2\n");
    CHECK(undo.undo().empty());
}

TEST_CASE("restoring: what cannot be put back is named, and the rest is put back") {
    const Folder folder{};
    folder.put("a", "1\n");
    folder.put("gone", "2\n");
    auto directory = folder.directory();
    Rollback undo;
    {
        const Recording recording(directory, &undo);
        directory.write("a", "3");
        directory.write("gone", "4");
    }
    std::filesystem::remove(folder.path() + "/gone");
    CHECK(undo.undo() == Texts{"cannot restore " + folder.path() + "/gone: openat2 " + folder.path() +
                               "/gone: no such file or directory"});
    CHECK(folder.get("a") == "1\n");
}

TEST_CASE("restoring: leaving idle gives the weight back that it took") {
    const Folder folder{};
    folder.put("cpu.idle", "0\n");
    folder.put("cpu.weight", "50\n");
    auto directory = folder.directory();
    Rollback undo;
    {
        const Recording recording(directory, &undo);
        directory.write("cpu.idle", "1");
        folder.put("cpu.weight", "00\n");  // the kernel's doing
    }
    CHECK(undo.undo().empty());
    CHECK(folder.get("cpu.idle") == "0\n");
    CHECK(folder.get("cpu.weight") == "50\n");
}
