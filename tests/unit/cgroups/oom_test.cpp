// SPDX-License-Identifier: Apache-2.0
#include "cgroups/oom.h"

#include <filesystem>

#include "support/catch.h"
#include "unit/cgroups/folder.h"

using namespace runcxx::cgroups;
using runcxx::tests::Folder;

namespace {

// pod/container, below a root without limits.
struct Tree {
    Tree() {
        std::filesystem::create_directories(container());
        set("", "memory.max", "max\n");
        set("", "memory.events.local", "oom 9\n");
    }
    std::string container() const { return folder.path() + "/pod/container"; }
    void set(const std::string& below, const std::string& name, const std::string& text) const {
        folder.put(below + "/" + name, text);
    }
    void limit(const std::string& below, const std::string& bytes, int hits) const {
        set(below, "memory.max", bytes + "\n");
        set(below, "memory.events.local",
            "low 0\nhigh 0\nmax 3\noom " + std::to_string(hits) + "\noom_kill 1\n");
        set(below, "memory.limit_in_bytes", (bytes == "max" ? "9223372036854771712" : bytes) + "\n");
        set(below, "memory.failcnt", std::to_string(hits) + "\n");
    }
    std::string cause(const MemoryFiles& files) const { return oom_cause(folder.root(), container(), files); }

    Folder folder;
};

}  // namespace

TEST_CASE("oom: the container's own limit is named, with what a start takes when it is below that") {
    for (const auto& files : {kMemoryFilesV1, kMemoryFilesV2}) {
        const Tree tree;
        tree.limit("pod", "max", 0);
        tree.limit("pod/container", "33554432", 2);
        CHECK(tree.cause(files) == "memory limit 33554432 (linux.resources.memory.limit) was reached");
        tree.limit("pod/container", "262144", 1);
        CHECK(tree.cause(files) ==
              "memory limit 262144 (linux.resources.memory.limit) is below the ~1048576 needed to start");
    }
}

TEST_CASE("oom: a limit above is named with its file when the container's own was not reached") {
    for (const auto& files : {kMemoryFilesV1, kMemoryFilesV2}) {
        const Tree tree;
        tree.limit("pod", "50000000", 1);
        for (const char* own : {"max", "100000000"}) {
            tree.limit("pod/container", own, 0);
            CHECK(tree.cause(files) == "not its own memory limit was reached but " + tree.folder.path() +
                                           "/pod/" + files.limit + ", which is 50000000");
        }
    }
}

TEST_CASE("oom: with no limit reached the host is short of memory, and broken files are no error") {
    const Tree tree;
    tree.limit("pod", "50000000", 0);
    tree.limit("pod/container", "max", 0);
    CHECK(tree.cause(kMemoryFilesV2) == "no memory limit was reached, so the host is short of memory");
    // Before Linux 5.2.
    std::filesystem::remove(tree.container() + "/memory.events.local");
    tree.set("pod/container", "memory.events", "oom 1\noom_kill 1\n");
    tree.set("pod/container", "memory.max", "2000000\n");
    CHECK(tree.cause(kMemoryFilesV2) == "memory limit 2000000 (linux.resources.memory.limit) was reached");
    tree.set("pod/container", "memory.max", "many\n");
    CHECK_THAT(tree.cause(kMemoryFilesV2), Catch::Contains("cannot be read: unable to parse"));
}
