// SPDX-License-Identifier: Apache-2.0
// ps: the processes of a container as a table and as JSON.
#include <unistd.h>

#include <algorithm>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

// Init and two more.
std::string run_three(Sandbox& sandbox, Bundle& bundle, const std::vector<std::string>& flags = {},
                      const Options& options = {}) {
    bundle.sh("sleep 1000 & sleep 1001 & echo started; wait");
    std::string c = sandbox.run_detached(bundle, flags, options);
    REQUIRE(wait_until([&] { return sandbox.output(c) == "started\n"; }));
    // The shell's children are shells, too, until they have executed.
    REQUIRE(wait_until([&] {
        const auto table = sandbox.call({"ps", c, "-e", "-o", "pid,args"}, options).out;
        return table.find("sleep 1000\n") != table.npos && table.find("sleep 1001\n") != table.npos;
    }));
    return c;
}

std::vector<pid_t> sorted_pids(const Result& result) {
    auto pids = json::parse(result.out).get<std::vector<pid_t>>();
    std::sort(pids.begin(), pids.end());
    return pids;
}

std::string command_line(pid_t pid) {
    auto text = read_file("/proc/" + std::to_string(pid) + "/cmdline");
    std::replace(text.begin(), text.end(), '\0', ' ');
    return text;
}

// A PATH with a `ps` that is this script.
Options with_ps(Sandbox& sandbox, const std::string& script) {
    fs::create_directory(sandbox.temp("bin"));
    write_file(sandbox.temp("bin/ps"), "#!/bin/sh\n" + script + "\n", 0755);
    Options options;
    options.env = {"PATH=" + sandbox.temp("bin").string() + ":/usr/bin:/bin"};
    return options;
}

}  // namespace

RUNTIME_TEST("ps: as JSON prints the host's pids in one line, and nothing else anywhere", "[ps]") {
    std::string c = run_three(*this, bundle());
    for (const auto& flags : std::vector<std::vector<std::string>>{{"--format", "json"}, {"-f=json"}}) {
        std::vector<std::string> words{"ps"};
        words.insert(words.end(), flags.begin(), flags.end());
        words.push_back(c);
        Result result = call(words);
        REQUIRE_OK(result);
        CHECK(result.err.empty());
        CHECK(result.out.front() == '[');
        CHECK(result.out.substr(result.out.size() - 2) == "]\n");
        CHECK(result.out.find_first_of(" \t") == std::string::npos);
        const auto pids = sorted_pids(result);
        REQUIRE(pids.size() == 3);
        CHECK(pids[0] == init_pid(c));
        // What has just been forked has its command line once it has exec'ed.
        CHECK(wait_until([&] { return command_line(pids[1]) == "sleep 1000 "; }));
        CHECK(wait_until([&] { return command_line(pids[2]) == "sleep 1001 "; }));
    }
}

RUNTIME_TEST("ps: processes in cgroups that the container made below its own belong to it", "[ps][cgroups]") {
    std::string c = run_three(*this, bundle());
    const auto before = sorted_pids(call({"ps", "-f", "json", c}));
    const auto paths = json::parse(read_file(state_root() / c / "state.json"))["cgroup_paths"];
    for (const auto& path : paths) {
        const auto below = path.get<std::string>() + "/below";
        fs::create_directory(below);
        if (below.find("cpuset") == std::string::npos)
            write_file(below + "/cgroup.procs", std::to_string(before.back()));
    }
    CHECK(sorted_pids(call({"ps", "-f", "json", c})) == before);
}

RUNTIME_TEST("ps: as a table filters the host's ps -ef", "[ps]") {
    std::string c = run_three(*this, bundle());
    for (const auto& words :
         std::vector<std::vector<std::string>>{{"ps", c}, {"ps", "--format", "table", c}}) {
        Result result = call(words);
        REQUIRE_OK(result);
        CHECK(result.err.empty());
        // Header and three rows.
        CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 4);
        CHECK(result.out.rfind("UID ", 0) == 0);
        CHECK_THAT(result.out, HasText(" " + std::to_string(init_pid(c)) + " "));
        CHECK_THAT(result.out, HasText("sleep 1000\n") && HasText("sleep 1001\n"));
        CHECK(result.out.find("integration") == std::string::npos);
    }
}

RUNTIME_TEST("ps: what follows the id goes to ps", "[ps]") {
    std::string c = run_three(*this, bundle());
    Result result = call({"ps", c, "-e", "-o", "user,pid,args"});
    REQUIRE_OK(result);
    CHECK(result.out.rfind("USER ", 0) == 0);
    CHECK_THAT(result.out, HasText(" sleep 1000\n"));
    CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 4);

    CHECK_FAILS(call({"ps", c, "-e", "-o", "args"}), 1, "couldn't find PID field in ps output");
    CHECK_FAILS(call({"ps", c, "--no-such-option"}), 1, "exit status 1: ");
}

RUNTIME_TEST("ps: says what is wrong with the host's ps", "[ps]") {
    std::string c = run_three(*this, bundle());
    CHECK_FAILS(call({"ps", c}, with_ps(*this, "echo 'PID CMD'; echo 'x y'")), 1, "unable to parse pid: ");
    Options nowhere;
    nowhere.env = {"PATH=" + temp("nowhere").string()};
    CHECK_FAILS(call({"ps", c}, nowhere), 1, "exec: \"ps\": executable file not found in $PATH");
}

RUNTIME_TEST("ps: a container that is stopped has no processes, which is no error", "[ps]") {
    std::string c = run_detached(bundle().idle());
    kill(c);
    wait_exit(c);
    Result as_json = call({"ps", "-f", "json", c});
    REQUIRE_OK(as_json);
    CHECK(as_json.out == "null\n");
    CHECK(as_json.err.empty());
    Result table = call({"ps", c});
    REQUIRE_OK(table);
    CHECK(std::count(table.out.begin(), table.out.end(), '\n') == 1);
}

RUNTIME_TEST("ps: a created and a paused container have theirs", "[ps][pause]") {
    std::string c = create(bundle().idle());
    CHECK(sorted_pids(call({"ps", "-f", "json", c})) == std::vector<pid_t>{init_pid(c)});
    start(c);
    REQUIRE_OK(call({"pause", c}));
    CHECK(sorted_pids(call({"ps", "-f", "json", c})) == std::vector<pid_t>{init_pid(c)});
    REQUIRE_OK(call({"resume", c}));
}

RUNTIME_TEST("ps: a bad format and an unknown container are errors", "[ps]") {
    std::string c = create(bundle().idle());
    CHECK_FAILS(call({"ps", "--format", "yaml", c}), 1, "invalid format option");
    CHECK_FAILS(call({"ps", "nosuch"}), 1, "container does not exist");
    CHECK_FAILS(call({"ps"}), 1, "\"ps\" requires a minimum of 1 argument(s)");
}
