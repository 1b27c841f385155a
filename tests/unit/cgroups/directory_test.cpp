// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "cgroups/processes.h"
#include "cgroups/v1/inherit_cpuset.h"
#include "support/catch.h"
#include "unit/cgroups/folder.h"

using namespace runcxx;
using namespace runcxx::cgroups;
using tests::Folder;
namespace fs = std::filesystem;

TEST_CASE("files are opened below their directory only, never through links") {
    const Folder folder{"a"};
    const Folder other{"secret"};
    fs::create_symlink(other.path() + "/secret", folder.path() + "/link");
    fs::create_symlink(other.path(), folder.path() + "/dir");
    const auto directory = folder.directory();
    CHECK(directory.try_write("a", "1") == 0);
    CHECK(directory.try_write("link", "1") == ELOOP);
    CHECK(directory.try_write("../a", "1") == EINVAL);
    CHECK(directory.try_write("..", "1") != 0);
    CHECK(directory.try_write("missing", "1") == ENOENT);
    CHECK_FALSE(directory.try_child("dir").is_open());
    CHECK_FALSE(folder.root().try_open(folder.path() + "/dir").is_open());
    CHECK(other.get("secret").empty());
}

TEST_CASE("a file of a cgroup is read in one walk, no more through a link than in two") {
    const Folder folder{"a"};
    const Folder other{"a"};
    folder.put("a", "here");
    other.put("a", "elsewhere");
    fs::create_symlink(other.path(), folder.path() + "/dir");
    fs::create_directory(folder.path() + "/below");
    fs::create_symlink(other.path() + "/a", folder.path() + "/below/link");
    folder.put("below/b", "");
    const auto root = folder.root();
    CHECK(root.try_read(folder.path(), "a") == "here");
    CHECK(root.try_read(folder.path() + "/below", "b") == "");
    CHECK_FALSE(root.try_read(folder.path() + "/below", "missing"));
    CHECK_FALSE(root.try_read(folder.path() + "/missing", "a"));
    CHECK_FALSE(root.try_read(folder.path() + "/dir", "a"));
    CHECK_FALSE(root.try_read(folder.path() + "/below", "link"));
}

TEST_CASE("a mount that is lent is opened once, when the first needs it") {
    const Folder folder{};
    const Mount mount(folder.path() + "/later");
    const Root first(Root::Kind::PlainFolder, &mount), second(Root::Kind::PlainFolder, &mount);
    CHECK_FALSE(first.try_open(mount.path()).is_open());
    fs::create_directory(mount.path());
    CHECK(first.try_open(mount.path()).is_open());
    const int number = mount.fd().get();
    CHECK(second.try_open(mount.path()).is_open());
    CHECK(mount.fd().get() == number);
}

TEST_CASE("make() tells what it made, and takes it back when it fails") {
    const Folder folder{};
    const auto root = folder.root();
    std::vector<std::string> made;
    CHECK(root.make(folder.path() + "/a/b", made).is_open());
    CHECK(made == std::vector<std::string>{folder.path() + "/a", folder.path() + "/a/b"});
    made.clear();
    CHECK(root.make(folder.path() + "/a/b", made).is_open());
    CHECK(made.empty());
    folder.put("file", "");
    CHECK_THROWS_WITH(root.make(folder.path() + "/file/x", made), Catch::Contains("not a directory"));
    CHECK(made.empty());
}

TEST_CASE("a tree is removed with everything below, and a missing one is fine") {
    const Folder folder{};
    fs::create_directories(folder.path() + "/a/b/c");
    fs::create_directories(folder.path() + "/a/d");
    remove_trees(folder.root(), {folder.path() + "/a"});
    CHECK_FALSE(fs::exists(folder.path() + "/a"));
    CHECK_NOTHROW(remove_trees(folder.root(), {folder.path() + "/a"}));
}

TEST_CASE("processes are listed through all levels") {
    const Folder folder{};
    fs::create_directories(folder.path() + "/a/b");
    folder.put("cgroup.procs", "10\n11\n0\n");
    folder.put("a/cgroup.procs", "");
    folder.put("a/b/cgroup.procs", "12\n");
    CHECK(processes_in(folder.directory()) == std::vector<pid_t>{10, 11, 12});
    CHECK(processes_in(Directory()).empty());
    CHECK_THAT(describe_processes({getpid()}),
               Catch::Contains(std::to_string(getpid()) + " unit_cgroups (R)"));
}

TEST_CASE("values are found by whole keys") {
    CHECK(value_of("oom 1\noom_kill 2\n", "oom_kill") == 2);
    CHECK(value_of("oom_kill 2\n", "oom") == std::nullopt);
    CHECK(value_of("populated 0\nfrozen 1\n", "frozen") == 1);
}

TEST_CASE("an empty cpuset is filled from the first ancestor that has one") {
    const Folder folder{};
    fs::create_directories(folder.path() + "/a/b");
    for (const auto* name : {"cpuset.cpus", "cpuset.mems"})
        for (const auto* level : {"", "a/", "a/b/"})
            folder.put(std::string(level) + name, *level == 0 ? "0-3\n" : "\n");
    const auto root = folder.root();
    v1::fill_cpuset(root, root.try_open(folder.path() + "/a/b"), "", "1", true);
    CHECK(folder.get("a/cpuset.cpus") == "0-3");
    CHECK(folder.get("a/b/cpuset.cpus") == "0-3");
    CHECK(folder.get("a/b/cpuset.mems").substr(0, 1) == "1");
}
