// SPDX-License-Identifier: Apache-2.0
#include "process/environment.h"

#include <sys/stat.h>

#include "base/error.h"
#include "support/catch.h"
#include "support/fd.h"
#include "support/temp_dir.h"

using namespace runcxx;
using namespace runcxx::process;
using Strings = std::vector<std::string>;

namespace {

Strings normalized(const Strings& env) {
    return normalized_environment(env, [] { return std::string("/home/from-passwd"); });
}

std::string home_in(const tests::TempDir& dir, std::string_view text, std::uint32_t uid) {
    tests::write_file(dir / "passwd", text);
    return home_directory(HostPath((dir / "passwd").string()), uid);
}

}  // namespace

TEST_CASE("of variables given twice the last one counts, at its place", "[process]") {
    CHECK(normalized({"A=1", "B=2", "A=3", "HOME=/h", "C="}) == Strings{"B=2", "A=3", "HOME=/h", "C="});
    CHECK(normalized({"A=1", "A=", "HOME=/h"}) == Strings{"A=", "HOME=/h"});
    CHECK(normalized({"A=x=y", "HOME=/h"}) == Strings{"A=x=y", "HOME=/h"});
}

TEST_CASE("a missing or empty HOME is replaced by the one from the user database, as the last variable",
          "[process]") {
    CHECK(normalized({}) == Strings{"HOME=/home/from-passwd"});
    CHECK(normalized({"HOME=", "A=1"}) == Strings{"A=1", "HOME=/home/from-passwd"});
    CHECK(normalized({"HOME=/x", "HOME=", "A=1"}) == Strings{"A=1", "HOME=/home/from-passwd"});
    CHECK(normalized({"HOME=", "HOME=/x"}) == Strings{"HOME=/x"});
    CHECK(normalized({"HOMEX=/x"}) == Strings{"HOMEX=/x", "HOME=/home/from-passwd"});
}

TEST_CASE("the user database is not read when HOME is given", "[process]") {
    bool asked = false;
    normalized_environment({"HOME=/h"}, [&] {
        asked = true;
        return std::string();
    });
    CHECK_FALSE(asked);
}

TEST_CASE("entries that are no variables are errors", "[process]") {
    CHECK_THROWS_WITH(normalized({"A"}), "invalid environment variable: missing '='");
    CHECK_THROWS_WITH(normalized({""}), "invalid environment variable: missing '='");
    CHECK_THROWS_WITH(normalized({"=x"}), "invalid environment variable: name cannot be empty");
    CHECK_THROWS_WITH(normalized({std::string("A=b\0c", 5)}),
                      R"(invalid environment variable "A": contains nul byte (\x00))");
}

TEST_CASE("a variable is looked up by its whole name, and the last one counts", "[process]") {
    const Strings env{"PATH=/a", "PATHX=/b", "PATH=/c"};
    CHECK(variable(env, "PATH") == "/c");
    CHECK(variable(env, "PAT") == std::nullopt);
    CHECK(variable({"A="}, "A") == "");
}

TEST_CASE("the home directory is the sixth field of the first line with the uid", "[process]") {
    const tests::TempDir dir;
    const std::string_view text =
        "# a comment: with : many : colons : and : so : on\n"
        "root:x:0:0:root:/root:/bin/sh\n"
        "short:x:7\n"
        "noshell:x:8:8::/eight\n"
        "empty:x:9:9:::/bin/sh\n"
        "first:x:10:10::/first:/bin/sh\n"
        "second:x:10:10::/second:/bin/sh\n"
        "spaced:x: 11:11::/spaced:/bin/sh\n"
        "last:x:4294967294:1::/last:/bin/sh";
    CHECK(home_in(dir, text, 0) == "/root");
    CHECK(home_in(dir, text, 7) == "/");
    CHECK(home_in(dir, text, 8) == "/eight");
    CHECK(home_in(dir, text, 9) == "/");
    CHECK(home_in(dir, text, 10) == "/first");
    CHECK(home_in(dir, text, 11) == "/");
    CHECK(home_in(dir, text, 4294967294U) == "/last");
    CHECK(home_in(dir, text, 12) == "/");
    CHECK(home_in(dir, "", 0) == "/");
    CHECK(home_in(dir, "junk that is not a number:x:zero:0::/junk:\n", 0) == "/");
}

TEST_CASE("a user far down in a large database is found across read boundaries", "[process]") {
    const tests::TempDir dir;
    std::string text;
    for (int i = 1; i <= 3000; ++i)
        text += "user" + std::to_string(i) + ":x:" + std::to_string(i) + ":1::/home/" + std::to_string(i) +
                ":/bin/sh\n";
    CHECK(home_in(dir, text, 1) == "/home/1");
    CHECK(home_in(dir, text, 2999) == "/home/2999");
    CHECK(home_in(dir, text, 3001) == "/");
}

TEST_CASE("a user database that is no ordinary file stops nobody", "[process]") {
    const tests::TempDir dir;
    const auto path = (dir / "passwd").string();
    SECTION("missing") {}
    SECTION("a FIFO without writer") {
        REQUIRE(::mkfifo(path.c_str(), 0644) == 0);
    }
    SECTION("a directory") {
        REQUIRE(::mkdir(path.c_str(), 0755) == 0);
    }
    SECTION("a link to nothing") {
        REQUIRE(::symlink("/nowhere", path.c_str()) == 0);
    }
    SECTION("a link to an endless device") {
        REQUIRE(::symlink("/dev/zero", path.c_str()) == 0);
    }
    SECTION("one endless line") {
        tests::write_file(path, std::string(1 << 20, 'x'));
    }
    SECTION("a sparse gigabyte") {
        tests::write_file(path, "a:x:1:1::/a:\n");
        REQUIRE(::truncate(path.c_str(), 1L << 30) == 0);
    }
    CHECK(home_directory(HostPath(path), 0) == "/");
}
