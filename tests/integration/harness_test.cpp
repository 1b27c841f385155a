// SPDX-License-Identifier: Apache-2.0
// The run as a whole: isolation before the first test, a report of skips after the last; and tests of the
// harness itself, because a snapshot that never sees a difference proves nothing.
#define CATCH_CONFIG_EXTERNAL_INTERFACES  // listeners; Catch2 2 hides them otherwise
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "support/sandbox.h"

using namespace runcxx::tests;

namespace {

#if __has_include(<catch2/catch_all.hpp>)
using ListenerBase = Catch::EventListenerBase;
#else
using ListenerBase = Catch::TestEventListenerBase;
#endif

struct HostListener : ListenerBase {
    using ListenerBase::ListenerBase;

    void testRunStarting(const Catch::TestRunInfo&) override {
        isolate();
        const auto& identity = runtime_identity();
        std::fprintf(stderr, "runtime: %s (%s)\n", identity.path.c_str(), identity.version.c_str());
    }

    void testRunEnded(const Catch::TestRunStats&) override {
        int total = 0;
        for (const auto& [tag, count] : skips()) {
            std::fprintf(stderr, "skipped for want of %s: %d\n", tag.c_str(), count);
            total += count;
        }
        std::fprintf(stderr, "skipped in all: %d\n", total);
        restore_host();
    }
};

CATCH_REGISTER_LISTENER(HostListener)

bool mentions(const std::vector<std::string>& changes, const std::string& text) {
    for (const auto& change : changes)
        if (change.find(text) != std::string::npos) return true;
    return false;
}

}  // namespace

TEST_CASE("harness: the host snapshot sees a mount, a cgroup, a child and a descriptor that were left",
          "[harness][root]") {
    TempDir dir;
    HostSnapshot before = HostSnapshot::take();
    CHECK(HostSnapshot::take().changes_since(before).empty());

    REQUIRE(mount("none", dir.path().c_str(), "tmpfs", 0, nullptr) == 0);
    CHECK(mentions(HostSnapshot::take().changes_since(before), "mount: / " + dir.path().string()));
    umount(dir.path().c_str());

    std::string cgroup;
    for (const auto& path : before.cgroups)
        if (path.size() > own_cgroup().size() && path.ends_with(own_cgroup())) cgroup = path + "/left";
    REQUIRE_FALSE(cgroup.empty());
    REQUIRE(mkdir(cgroup.c_str(), 0755) == 0);
    CHECK(mentions(HostSnapshot::take().changes_since(before), "cgroup: " + cgroup));
    rmdir(cgroup.c_str());

    {
        Process child({"sleep", "100"});
        CHECK(
            mentions(HostSnapshot::take().changes_since(before), "process: " + std::to_string(child.pid())));
    }
    Fd left = memory_file("left");
    CHECK(mentions(HostSnapshot::take().changes_since(before), "memfd:left"));
    left.reset();
    CHECK(HostSnapshot::take().changes_since(before).empty());
}

TEST_CASE("harness: a program that outlives its deadline is killed and reported", "[harness]") {
    Options options;
    options.deadline = 0.1;
    Result result = execute({"sleep", "10"}, options);
    CHECK(result.timed_out);
    CHECK(result.exit_code == 137);
    CHECK(result.seconds < 5 * time_scale());
}

RUNTIME_TEST("harness: a container runs the probe and its facts are read", "[harness]") {
    json facts = probe(bundle(), {"ids", "cwd"});
    CHECK(facts["ids"]["pid"] == 1);
    CHECK(facts["cwd"] == "/");
}
