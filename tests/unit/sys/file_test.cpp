// SPDX-License-Identifier: Apache-2.0
#include "sys/file.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/core.h>

#include "base/error.h"
#include "support/catch.h"
#include "support/temp_dir.h"

using namespace runcxx;
namespace fs = std::filesystem;

TEST_CASE("list_dir: every name of a directory that the kernel tells in several parts, as often as asked",
          "[file]") {
    const tests::TempDir temp;
    std::vector<std::string> expected;
    for (int i = 0; i < 2000; ++i) {
        expected.push_back(fmt::format("{:04}-a-name-that-takes-some-room", i));
        std::ofstream(temp.path() / expected.back());
    }
    const auto dir = sys::open_file(HostPath(temp.path().string()), O_RDONLY | O_DIRECTORY);
    for (int time = 0; time < 2; ++time) {
        auto names = sys::list_dir(dir);
        std::ranges::sort(names);
        CHECK(names == expected);
    }
}

TEST_CASE(
    "list_dir: a directory that is not there is an error, one that was removed while it is open is empty",
    "[file]") {
    const tests::TempDir temp;
    fs::create_directory(temp.path() / "gone");
    const HostPath gone((temp.path() / "gone").string());
    const auto dir = sys::open_file(gone, O_RDONLY | O_DIRECTORY);
    CHECK(sys::list_dir(dir).empty());
    fs::remove(temp.path() / "gone");
    CHECK_THROWS_WITH(sys::list_dir(gone), Catch::Contains("no such file or directory"));
    CHECK(sys::list_dir(dir).empty());
}

TEST_CASE("list_subdirectories: directories, and links to some", "[file]") {
    const tests::TempDir temp;
    fs::create_directory(temp.path() / "dir");
    std::ofstream(temp.path() / "file");
    fs::create_symlink("dir", temp.path() / "link");
    fs::create_symlink("file", temp.path() / "to-file");
    fs::create_symlink("nowhere", temp.path() / "to-nothing");
    auto names = sys::list_subdirectories(HostPath(temp.path().string()));
    std::ranges::sort(names);
    CHECK(names == std::vector<std::string>{"dir", "link"});
}
