// SPDX-License-Identifier: Apache-2.0
#include "process/executable.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "support/catch.h"
#include "support/fd.h"
#include "support/temp_dir.h"
#include "support/text_matchers.h"

using namespace runcxx;
using tests::Contains;
using namespace runcxx::process;

namespace {

std::string failure(const std::string& name, const std::vector<std::string>& env) {
    try {
        return "found " + find_executable(name, env);
    } catch (const Error& error) {
        return error.message();
    }
}

}  // namespace

TEST_CASE("a name without slash is searched in PATH of the given environment, in order", "[process]") {
    const tests::TempDir dir;
    for (const char* sub : {"a", "b", "c"})
        std::filesystem::create_directory(dir / sub);
    tests::write_file(dir / "a" / "tool", "not executable", 0644);
    tests::write_file(dir / "b" / "tool", "#!/bin/sh\n", 0755);
    tests::write_file(dir / "c" / "tool", "#!/bin/sh\n", 0755);
    std::filesystem::create_directory(dir / "a" / "dir");
    const std::string root = dir.path().string();
    const std::string path = "PATH=" + root + "/a:" + root + "/b/:" + root + "/c";

    CHECK(find_executable("tool", {path}) == root + "/b/tool");
    CHECK(find_executable("tool", {"PATH=" + root + "/c"}) == root + "/c/tool");
    CHECK(failure("dir", {path}) == R"(exec: "dir": executable file not found in $PATH)");
    CHECK(failure("other", {path}) == R"(exec: "other": executable file not found in $PATH)");
    CHECK(failure("", {path}) == R"(exec: "": executable file not found in $PATH)");
    CHECK(failure("tool", {}) == R"(exec: "tool": executable file not found in $PATH)");
    CHECK(failure("tool", {"PATH="}) == R"(exec: "tool": executable file not found in $PATH)");
}

TEST_CASE("a file in PATH that lacks permission is mentioned when nothing else is found", "[process]") {
    const tests::TempDir dir;
    tests::write_file(dir / "tool", "x", 0644);
    const auto text = failure("tool", {"PATH=" + dir.path().string()});
    CHECK_THAT(text, Contains(R"(exec: "tool": executable file not found in $PATH ()"));
    CHECK_THAT(text, Contains("no execute permission: mode 0644"));
}

TEST_CASE("a program of the current directory is not run because PATH has a relative entry", "[process]") {
    const tests::TempDir dir;
    tests::write_file(dir / "tool", "#!/bin/sh\n", 0755);
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(dir.path());
    const auto empty_entry = failure("tool", {"PATH=:/nowhere"});
    const auto dot = failure("tool", {"PATH=."});
    const auto with_slash = failure("./tool", {});
    std::filesystem::current_path(before);
    CHECK(empty_entry == R"(exec: "tool": cannot run executable found relative to current directory)");
    CHECK(dot == empty_entry);
    CHECK(with_slash == "found ./tool");
}

TEST_CASE("a name with a slash is taken as it is, with runc's texts when it cannot be executed",
          "[process]") {
    const tests::TempDir dir;
    const std::string root = dir.path().string();
    tests::write_file(dir / "ok", "#!/bin/sh\n", 0755);
    tests::write_file(dir / "plain", "x", 0644);
    REQUIRE(::symlink("loop", (dir / "loop").c_str()) == 0);
    REQUIRE(::symlink("/no/target", (dir / "dangling").c_str()) == 0);

    CHECK(find_executable(root + "/ok", {}) == root + "/ok");
    CHECK(failure("/nonexistent", {}) ==
          R"(exec: "/nonexistent": stat /nonexistent: no such file or directory)");
    CHECK(failure("/etc", {}) == R"(exec: "/etc": is a directory)");
    CHECK(failure(root + "/plain", {}) ==
          "exec: \"" + root + "/plain\": permission denied (the file has no execute permission: mode 0644)");
    CHECK_THAT(failure(root + "/loop", {}), Contains("too many levels of symbolic links"));
    CHECK_THAT(failure(root + "/dangling", {}),
               Contains("no such file or directory (") &&
                   Contains("is a symbolic link to \"/no/target\", which does not exist"));
    CHECK_THAT(failure(root + "/gone/deeper/x", {}), Contains("there is no directory " + root + "/gone"));
    CHECK_THAT(failure(root + "/plain/x", {}), Contains("not a directory"));
}
