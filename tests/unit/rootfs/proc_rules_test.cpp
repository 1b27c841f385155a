// SPDX-License-Identifier: Apache-2.0
#include "rootfs/proc_rules.h"

#include "rootfs/propagation.h"
#include "rootfs/root_dir.h"
#include "support/catch.h"

using namespace runcxx;
using rootfs::classify_proc_path;
using rootfs::is_on_kernel_fs;
using rootfs::ProcPlace;

TEST_CASE("proc rules: only emulated files may be mounted below /proc", "[rootfs]") {
    CHECK(classify_proc_path("/proc") == ProcPlace::Top);
    CHECK(classify_proc_path("/proc/cpuinfo") == ProcPlace::Emulated);
    CHECK(classify_proc_path("/proc/sys/kernel/ns_last_pid") == ProcPlace::Emulated);
    CHECK(classify_proc_path("/proc/sys/crypto/fips_enabled") == ProcPlace::Emulated);
    CHECK(classify_proc_path("/proc/self") == ProcPlace::Inside);
    CHECK(classify_proc_path("/proc/cpuinfo/x") == ProcPlace::Inside);
    CHECK(classify_proc_path("/proc/sys") == ProcPlace::Inside);
    CHECK(classify_proc_path("/process") == ProcPlace::Outside);
    CHECK(classify_proc_path("/sys") == ProcPlace::Outside);
}

TEST_CASE("proc rules: a path counts as the kernel's only on a proc or sysfs of the container", "[rootfs]") {
    std::vector<config::Mount> mounts = {
        {.destination = "/proc", .type = "proc"},
        {.destination = "/sys", .type = "sysfs"},
        {.destination = "/sys/fs/cgroup", .type = "cgroup"},
        {.destination = "/data", .type = "bind"},
        {.destination = "/data/proc", .type = "proc"},
    };
    CHECK(is_on_kernel_fs(mounts, "/proc/sys"));
    CHECK(is_on_kernel_fs(mounts, "/sys/firmware"));
    CHECK_FALSE(is_on_kernel_fs(mounts, "/sys/fs/cgroup/x"));
    CHECK_FALSE(is_on_kernel_fs(mounts, "/data/x"));
    CHECK_FALSE(is_on_kernel_fs(mounts, "/data/proc/sys"));
    CHECK_FALSE(is_on_kernel_fs(mounts, "/proc/../data/x"));
    CHECK_FALSE(is_on_kernel_fs(mounts, "/procx"));
    CHECK_FALSE(is_on_kernel_fs({}, "/proc/sys"));
    mounts.push_back({.destination = "/proc", .type = "bind"});
    CHECK_FALSE(is_on_kernel_fs(mounts, "/proc/sys"));
}

TEST_CASE("rootfs propagation: only a recursive slave or private cuts every tie to the host", "[rootfs]") {
    CHECK(rootfs::leaves_nothing_shared(MS_SLAVE | MS_REC));
    CHECK(rootfs::leaves_nothing_shared(MS_PRIVATE | MS_REC));
    CHECK_FALSE(rootfs::leaves_nothing_shared(MS_PRIVATE));
    CHECK_FALSE(rootfs::leaves_nothing_shared(MS_SHARED | MS_REC));
    CHECK_FALSE(rootfs::is_for_final_root(0));
    CHECK_FALSE(rootfs::is_for_final_root(MS_SLAVE | MS_REC));
    CHECK(rootfs::is_for_final_root(MS_SHARED));
    CHECK(rootfs::is_for_final_root(MS_UNBINDABLE | MS_REC));
}

TEST_CASE("mount destinations lose the host path of the rootfs", "[rootfs]") {
    CHECK(rootfs::strip_host_path("/b/rootfs", "/b/rootfs/etc").str() == "/etc");
    CHECK(rootfs::strip_host_path("/b/rootfs", "/b/rootfs").str() == "/");
    CHECK(rootfs::strip_host_path("/b/rootfs", "/b/rootfs2/etc").str() == "/b/rootfs2/etc");
    CHECK(rootfs::strip_host_path("/b/rootfs", "etc//x/").str() == "/etc/x");
    CHECK(rootfs::strip_host_path("/", "/etc").str() == "/etc");
}
