// SPDX-License-Identifier: Apache-2.0
#include "sys/procfs.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "support/catch.h"
#include "support/fd.h"
#include "support/requirements.h"
#include "support/temp_dir.h"
#include "sys/file.h"
#include "unit/rootfs/in_namespace.h"

using namespace runcxx;
using namespace runcxx::tests;
using Catch::Matchers::Contains;
using sys::ProcHandle;

TEST_CASE("procfs: files are read and written through the handle", "[sys][root]") {
    REQUIRES("root");
    for (const bool old_kernel : {false, true}) {
        CHECK(in_namespace([&] {
                  if (old_kernel) deny_syscalls({SYS_openat2, SYS_fsopen});
                  const auto proc = ProcHandle::open(ProcHandle::Scope::Processes);
                  proc.write("self/comm", "renamed");
                  expect_equal(proc.read("self/comm"), "renamed\n", "comm");
                  expect_equal(proc.read("thread-self/comm"), "renamed\n", "comm of the thread");
                  expect(!proc.try_read("self/no_such_file"), "missing file");
                  expect(!proc.try_open_file("self/root", O_PATH) || old_kernel, "magic link");
                  expect(!proc.try_open_file("self/root/etc", O_PATH), "below a magic link");
                  expect(!proc.try_open_file("../etc", O_PATH), "above proc");
              }) == "");
    }
}

TEST_CASE("procfs: a covered file of the real /proc is noticed, a fresh instance does not have it",
          "[sys][root]") {
    REQUIRES("root");
    const TempDir temp;
    write_file(temp / "fake", "fake");
    const auto covered = [&](std::initializer_list<long> denied) {
        return in_namespace([&] {
            const std::string target = "/proc/" + std::to_string(::getpid()) + "/comm";
            if (::mount((temp / "fake").c_str(), target.c_str(), nullptr, MS_BIND, nullptr) < 0)
                throw std::runtime_error("bind");
            deny_syscalls(denied);
            const auto proc = ProcHandle::open(ProcHandle::Scope::Processes);
            proc.write("self/comm", "x");
            expect_equal(read_file(temp / "fake"), "fake", "fake file");
        });
    };
    CHECK(covered({}) == "");
    CHECK(covered({SYS_fsopen}) == "");  // a clone of /proc alone has no mounts below it
    CHECK_THAT(covered({SYS_fsopen, SYS_open_tree}), Contains("unsafe procfs detected"));
    CHECK_THAT(covered({SYS_fsopen, SYS_open_tree, SYS_openat2}), Contains("unsafe procfs detected"));
}

TEST_CASE("procfs: something else at /proc is refused", "[sys][root]") {
    REQUIRES("root");
    CHECK_THAT(in_namespace([] {
                   deny_syscalls({SYS_fsopen});
                   if (::mount("tmpfs", "/proc", "tmpfs", 0, nullptr) < 0) throw std::runtime_error("mount");
                   ProcHandle::open(ProcHandle::Scope::Whole);
               }),
               Contains("unsafe procfs detected: /proc is not the root of a procfs"));
    CHECK_THAT(in_namespace([] {
                   deny_syscalls({SYS_fsopen});
                   if (::mount("/proc/sys", "/proc", nullptr, MS_BIND, nullptr) < 0)
                       throw std::runtime_error("bind");
                   ProcHandle::open(ProcHandle::Scope::Whole);
               }),
               Contains("unsafe procfs detected"));
}
