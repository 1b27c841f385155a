// SPDX-License-Identifier: Apache-2.0
// A whole call in a child process: where messages go, and what the exit code is.
#include "cli/cli.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "cli/failure.h"
#include "support/catch.h"
#include "support/fd.h"
#include "support/temp_dir.h"

using namespace runcxx;
using namespace runcxx::tests;

namespace {

bool contains(const std::string& text, const std::string& part) {
    UNSCOPED_INFO(text);
    return text.find(part) != std::string::npos;
}

struct Outcome {
    int exit_code = -1;
    std::string out, err;
};

// What main() does with argv, with fds 3.. as a caller left them.
Outcome call(std::vector<std::string> argv, const std::string& directory = ".", int extra_fds = 0) {
    const auto out = memory_file("out"), err = memory_file("err");
    argv.insert(argv.begin(), "runcxx");
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(out.get(), 1);
        ::dup2(err.get(), 2);
        ::close_range(3, ~0U, 0);
        for (int i = 0; i < extra_fds; ++i)
            ::open("/dev/null", O_RDONLY);
        if (::chdir(directory.c_str()) != 0) ::_exit(98);
        std::vector<char*> words;
        for (auto& word : argv)
            words.push_back(word.data());
        cli::LogFile log_file;
        int code = 99;
        try {
            code = cli::main(words, log_file);
        } catch (const Error& error) {
            code = cli::report_failure(error);
        }
        ::_exit(code);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_back(out), read_back(err)};
}

}  // namespace

TEST_CASE("call: help and version succeed without touching anything", "[cli]") {
    const TempDir dir;
    const auto help = call({"--log", (dir / "log").string(), "--help"});
    CHECK(help.exit_code == 0);
    CHECK(help.out.starts_with("NAME:\n   runcxx - "));
    CHECK(help.err.empty());
    CHECK_FALSE(std::filesystem::exists(dir / "log"));
    CHECK(call({"-v"}).out.starts_with("runcxx version "));
    CHECK(call({}).exit_code == 0);
}

TEST_CASE("call: without --log the error is one record on stderr", "[cli]") {
    const auto result = call({"foo"});
    CHECK(result.exit_code == 3);
    CHECK(result.out.empty());
    CHECK(result.err.starts_with("time=\""));
    CHECK(result.err.ends_with("level=error msg=\"No help topic for 'foo'\"\n"));
}

TEST_CASE("call: with --log the error is a record in the file and a bare line on stderr", "[cli]") {
    const TempDir dir;
    write_file(dir / "log.json", "{\"level\":\"error\",\"msg\":\"stale\"}\n");
    const auto result = call({"--log", "log.json", "--log-format", "json", "foo"}, dir.path());
    CHECK(result.exit_code == 3);
    CHECK(result.err == "No help topic for 'foo'\n");
    const auto log = read_file(dir / "log.json");
    CHECK(log.starts_with("{\"level\":\"error\",\"msg\":\"stale\"}\n"));
    CHECK(contains(log, "\n{\"level\":\"error\",\"msg\":\"No help topic for 'foo'\",\"time\":\"20"));
}

TEST_CASE("call: a wrong option is explained, with help on stdout, and logged", "[cli]") {
    const TempDir dir;
    const auto result = call({"state", "--bogus", "c1", "--log", "log"}, dir.path());
    CHECK(result.exit_code == 1);
    CHECK(result.out.starts_with("NAME:\n   runcxx state - "));
    CHECK(
        result.err ==
        "Incorrect Usage: flag provided but not defined: -bogus\n\nflag provided but not defined: -bogus\n");
    CHECK(contains(read_file(dir / "log"), "level=error msg=\"flag provided but not defined: -bogus\"\n"));

    const auto number = call({"create", "--preserve-fds", "abc", "c1"});
    CHECK(number.exit_code == 1);
    CHECK(number.out.starts_with("NAME:\n   runcxx create - "));
    CHECK(number.err.starts_with("Incorrect Usage: invalid value \"abc\" for flag -preserve-fds: "));
}

TEST_CASE("call: a wrong number of arguments says how many there must be", "[cli]") {
    const TempDir dir;
    const auto why = [&](std::vector<std::string> argv) {
        argv.insert(argv.begin(), {"--root", dir.path().string(), "--log", (dir / "log").string()});
        const auto result = call(argv);
        CHECK(result.exit_code == 1);
        CHECK(result.out == "Incorrect Usage.\n\n");
        return result.err;
    };
    CHECK(why({"state"}) == "runcxx: \"state\" requires exactly 1 argument(s)\n");
    CHECK(why({"state", "a", "b"}) == "runcxx: \"state\" requires exactly 1 argument(s)\n");
    CHECK(why({"list", "a"}) == "runcxx: \"list\" requires exactly 0 argument(s)\n");
    CHECK(why({"kill"}) == "runcxx: \"kill\" requires a minimum of 1 argument(s)\n");
    CHECK(why({"kill", "a", "b", "c"}) == "runcxx: \"kill\" requires a maximum of 2 argument(s)\n");
    CHECK(why({"exec"}) == "runcxx: \"exec\" requires a minimum of 1 argument(s)\n");
}

TEST_CASE("call: a log that can't be opened or has no such format is an error", "[cli]") {
    const TempDir dir;
    const auto missing = call({"--log", "no/such/log", "list"}, dir.path());
    CHECK(missing.exit_code == 1);
    CHECK(contains(missing.err, "msg=\"open no/such/log: no such file or directory\""));
    const auto format = call({"--log", "log", "--log-format", "xml", "list"}, dir.path());
    CHECK(format.exit_code == 1);
    CHECK(format.err == "invalid log-format: xml\n");
    CHECK(contains(read_file(dir / "log"), "msg=\"invalid log-format: xml\""));
}

TEST_CASE("call: --criu is ignored, and said so only in the debug log", "[cli]") {
    const TempDir dir;
    const auto root = dir.path().string();
    CHECK(call({"--criu", "/x", "--root", root, "list", "-q"}).err.empty());
    const auto result = call({"--debug", "--criu", "/x", "--root", root, "list", "-q"});
    CHECK(result.exit_code == 0);
    CHECK(contains(result.err, "level=debug msg=\"--criu is ignored"));
}

TEST_CASE("call: list of nothing", "[cli]") {
    const TempDir dir;
    const auto root = dir.path().string();
    CHECK(call({"--root", root, "list"}).out ==
          "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
    CHECK(call({"--root", root, "list", "-f", "json"}).out == "null\n");
    CHECK(call({"list", "-q", "--root", root, "-f=bad"}).exit_code == 0);
    const auto bad = call({"--log", (dir / "log").string(), "--root", root, "list", "-f", "bad"});
    CHECK(bad.exit_code == 1);
    CHECK(bad.err == "invalid format option\n");
    CHECK(call({"--root", root + "/none", "list"}).exit_code == 1);
}

TEST_CASE("call: spec writes a config.json once, in the bundle it is told", "[cli]") {
    const TempDir dir;
    std::filesystem::create_directory(dir / "b");
    REQUIRE(call({"spec", "--bundle", "b"}, dir.path()).exit_code == 0);
    const auto text = read_file(dir / "b/config.json");
    CHECK(text.starts_with("{\n\t\"ociVersion\": \"1.3.0\""));
    CHECK(text.back() == '}');
    const auto again = call({"--log", "log", "spec", "-b", "b"}, dir.path());
    CHECK(again.exit_code == 1);
    CHECK(again.err == "File config.json exists. Remove it first\n");
    CHECK(read_file(dir / "b/config.json") == text);
    REQUIRE(call({"spec", "--rootless"}, dir.path()).exit_code == 0);
    CHECK(contains(read_file(dir / "config.json"), "\"uidMappings\""));
}

TEST_CASE("call: features names what is there and does not claim the rest", "[cli]") {
    const auto text = call({"features"}).out;
    CHECK(text.starts_with(
        "{\n    \"ociVersionMin\": \"1.0.0\",\n    \"ociVersionMax\": \"1.3.0\",\n    \"hooks\": [\n"));
    CHECK(text.ends_with("}\n"));
    for (const auto* part :
         {"\"rro\"", "\"user\"", "\"CAP_SYS_ADMIN\"", "\"SCMP_ACT_NOTIFY\"", "\"MPOL_BIND\"",
          "\"org.opencontainers.runc.checkpoint.enabled\": \"true\"", "\"systemd\": true"})
        CHECK(contains(text, part));
    CHECK_FALSE(contains(text, "\"idmap\","));
}

TEST_CASE("call: --preserve-fds counts what the caller had open, not what we opened", "[cli]") {
    const TempDir dir;
    const auto why = [&](const char* count, int open) {
        return call({"--log", "log", "--root", "r", "create", "--preserve-fds", count, "c1"}, dir.path(),
                    open)
            .err;
    };
    CHECK(why("2", 1) ==
          "runcxx create failed: unable to stat preserved-fd 1 (of 2): stat /proc/self/fd/4: no such file or "
          "directory\n");
    CHECK(why("1", 0) ==
          "runcxx create failed: unable to stat preserved-fd 0 (of 1): stat /proc/self/fd/3: no such file or "
          "directory\n");
    CHECK(why("-1", 0) == "runcxx create failed: invalid number of file descriptors: -1\n");
    CHECK(contains(why("1", 1), "JSON specification file config.json not found"));
}
