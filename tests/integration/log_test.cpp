// SPDX-License-Identifier: Apache-2.0
// The log as go-runc and containerd read it: formats, destination, the last error record.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "support/sandbox.h"

using namespace runcxx::tests;

namespace {

std::vector<json> records(const std::filesystem::path& file) {
    std::vector<json> found;
    std::istringstream text(read_file(file));
    for (std::string line; std::getline(text, line);) {
        INFO(line);
        json record = json::parse(line, nullptr, false);
        REQUIRE_FALSE(record.is_discarded());
        found.push_back(record);
    }
    return found;
}

// RFC 3339 with whole seconds: 2026-11-24T03:32:02Z or +01:00.
bool is_rfc3339(const std::string& time) {
    return time.size() >= 20 && time[4] == '-' && time[10] == 'T' && time[13] == ':' && time[16] == ':' &&
           (time[19] == 'Z' || time[19] == '+' || time[19] == '-');
}

// What containerd does: the last record of level error.
std::string last_error(const std::filesystem::path& file) {
    std::string message;
    for (const auto& record : records(file))
        if (record["level"] == "error") message = record["msg"];
    return message;
}

Options logging(const std::filesystem::path& file, const char* format = "json", bool debug = false) {
    Options options;
    options.global = {"--log", file, "--log-format", format};
    if (debug) options.global.push_back("--debug");
    return options;
}

}  // namespace

RUNTIME_TEST("log: text on stderr has time, level and quoted message", "[log]") {
    Result result = call({"state", "nosuch"});
    CHECK(result.exit_code == 1);
    CHECK(result.err.rfind("time=\"", 0) == 0);
    CHECK(is_rfc3339(result.err.substr(6)));
    CHECK(result.err.substr(result.err.find('"', 6)) == "\" level=error msg=\"container does not exist\"\n");
}

RUNTIME_TEST("log: JSON on stderr is one object per line with level, msg and time", "[log]") {
    Options options;
    options.global = {"--log-format", "json"};
    Result result = call({"state", "nosuch"}, options);
    CHECK(result.exit_code == 1);
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    json record = json::parse(result.err);
    CHECK(record["level"] == "error");
    CHECK(record["msg"] == "container does not exist");
    CHECK(is_rfc3339(record["time"]));
}

RUNTIME_TEST("log: --log takes the records, and the fatal error is on stderr as bare text too", "[log]") {
    Result result = call({"state", "nosuch"}, logging(temp("log.json")));
    CHECK(result.exit_code == 1);
    CHECK(result.err == "container does not exist\n");
    auto all = records(temp("log.json"));
    REQUIRE(all.size() == 1);
    CHECK(all[0]["level"] == "error");
    CHECK(all[0]["msg"] == "container does not exist");
    CHECK(is_rfc3339(all[0]["time"]));

    result = call({"state", "nosuch"}, logging(temp("log.txt"), "text"));
    CHECK(result.err == "container does not exist\n");
    CHECK_THAT(read_file(temp("log.txt")), HasText(" level=error msg=\"container does not exist\"\n"));
}

RUNTIME_TEST("log: the file is appended to, and its last error is that of the last failed command", "[log]") {
    Options options = logging(temp("log.json"));
    call({"state", "nosuch"}, options);
    call({"start", "nosuch"}, options);
    Bundle& b = bundle().args({"/no/such/program"});
    Result result = try_create(b, {}, options);
    CHECK(result.exit_code == 1);
    CHECK_THAT(last_error(temp("log.json")),
               HasText("exec: \"/no/such/program\": stat /no/such/program: no such file or directory"));
    CHECK(records(temp("log.json")).size() >= 3);
    struct stat facts {};
    REQUIRE(stat(temp("log.json").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0644);
}

RUNTIME_TEST("log: success leaves nothing on stderr and no error in the file", "[log]") {
    Options options = logging(temp("log.json"));
    Bundle& b = bundle().sh("exit 0");
    Result result = run(b, {}, options);
    REQUIRE_OK(result);
    CHECK(result.err.empty());
    CHECK(last_error(temp("log.json")).empty());
}

RUNTIME_TEST("log: a program's exit code is no error of the runtime", "[log]") {
    Options options = logging(temp("log.json"));
    Bundle& b = bundle().sh("exit 5");
    Result result = run(b, {}, options);
    CHECK(result.exit_code == 5);
    CHECK(result.err.empty());
    CHECK(last_error(temp("log.json")).empty());
}

RUNTIME_TEST("log: debug records are JSON to the last byte, from every stage", "[log][debug]") {
    Options options = logging(temp("log.json"), "json", true);
    std::string c = create(bundle().idle(), {}, options);
    CHECK(errors(c).empty());
    REQUIRE_OK(call({"start", c}, options));
    auto all = records(temp("log.json"));
    CHECK(all.size() > 3);
    bool debug = false, nsexec = false;
    for (const auto& record : all) {
        debug = debug || record["level"] == "debug";
        nsexec = nsexec || record["msg"].get<std::string>().find("nsexec") != std::string::npos;
        CHECK(is_rfc3339(record["time"]));
    }
    CHECK(debug);
    CHECK(nsexec);
}

RUNTIME_TEST("log: the debug records of run show how far init came, in runc's words", "[log][debug]") {
    REQUIRE_OK(run(bundle().sh("exit 0"), {}, logging(temp("log.txt"), "text", true)));
    const auto text = read_file(temp("log.txt"));
    for (const char* mark :
         {"nsexec container setup", "child process in init()", "init: closing the pipe to signal completion"})
        CHECK_THAT(text, HasText(mark));
}

RUNTIME_TEST("log: without --debug there are no debug records", "[log]") {
    Result result = run(bundle().args({"true"}));
    CHECK(result.err.empty());
}

RUNTIME_TEST("log: what the caller may quote is escaped", "[log]") {
    Options options = logging(temp("log.json"));
    Bundle& b = bundle().args({"/no/such \"quoted\" <program> & \n line"});
    CHECK(try_create(b, {}, options).exit_code == 1);
    CHECK_THAT(last_error(temp("log.json")), HasText("quoted"));
    CHECK(read_file(temp("log.json")).find('<') == std::string::npos);
}

RUNTIME_TEST("log: environment values are never logged", "[log][debug][security]") {
    Options options = logging(temp("log.json"), "json", true);
    Bundle& b = bundle().args({"true"}).env("PASSWORD=very-secret-value");
    REQUIRE_OK(run(b, {}, options));
    CHECK(read_file(temp("log.json")).find("very-secret-value") == std::string::npos);
}

RUNTIME_TEST("log: a relative path counts from the caller's directory, not from the bundle", "[log]") {
    std::filesystem::create_directory(temp("here"));
    Options options = logging("my.log");
    options.cwd = temp("here");
    Bundle& b = bundle().args({"/no/such"});
    CHECK(try_create(b, {}, options).exit_code == 1);
    CHECK_THAT(last_error(temp("here/my.log")), HasText("/no/such"));
}

RUNTIME_TEST("log: errors of create carry runc's prefixes in order", "[log][errors]") {
    Result result = try_create(bundle().args({"/no/such"}));
    CHECK_THAT(plain_errors(result),
               HasText(runtime_identity().name + " create failed: unable to start container process: "));
    if (!is_old_runc())
        CHECK_THAT(plain_errors(result),
                   HasText("unable to start container process: error during container init: "));
    result = run(bundle().args({"/no/such"}));
    CHECK_THAT(plain_errors(result),
               HasText(runtime_identity().name + " run failed: unable to start container process: "));
}

RUNTIME_TEST("log: called by the name runc, it speaks of itself as runc, which callers look for",
             "[log][errors]") {
    std::filesystem::create_symlink(runtime_identity().path, temp("runc"));
    const auto result =
        execute({temp("runc"), "--root", temp("state"), "run", "--bundle", temp("none"), "x"});
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.err, HasText("runc run failed: "));
    CHECK_THAT(execute({temp("runc"), "--version"}).out, Catch::Matchers::StartsWith("runc version "));
}

RUNTIME_TEST("log: an error of a mount follows runc's prefixes at once", "[log][errors]") {
    Bundle& b = bundle().idle();
    b.spec["mounts"].push_back({{"destination", "/mnt"}, {"type", "nosuchfs"}, {"source", "none"}});
    CHECK_THAT(plain_errors(try_create(b)), HasText("error during container init: error mounting \"none\""));
}

RUNTIME_TEST("log: an error of the bootstrap says which namespace and why", "[log][errors]") {
    if (is_old_runc()) expect_orphans();  // 1.1 does not reap the stage that failed to join
    Bundle& b = bundle().idle().add_namespace("network", "/proc/self/ns/uts");
    Result result = try_create(b);
    CHECK(result.exit_code == 1);
    CHECK_THAT(plain_errors(result),
               HasText("net") && (HasText("nvalid argument") || HasText("is a uts namespace")));
}
