// SPDX-License-Identifier: Apache-2.0
// What the tables say about values. The scripts themselves are tried in the shells: tests/package/completion_test.py.
#include "manual/completion.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/global_options.h"
#include "manual/candidates.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::manual;
using Kind = Candidates::Kind;

namespace {

Candidates of_value(std::string_view value) {
    return candidates_for(cli::Option{.name = "x", .value = value});
}

}  // namespace

TEST_CASE("candidates: the name of a value says what it can be", "[manual]") {
    CHECK(of_value("DIR").kind == Kind::Directories);
    CHECK(of_value("FILE").kind == Kind::Files);
    CHECK(of_value("SOCKET").kind == Kind::Files);
    CHECK(of_value("[file:]FILE|journald:ID").kind == Kind::Files);
    CHECK(of_value("VALUE").kind == Kind::Unknown);
    CHECK(of_value("UID[:GID]").kind == Kind::Unknown);
    const auto choice = of_value("text|json");
    CHECK(choice.kind == Kind::Words);
    CHECK(choice.words == std::vector<std::string>{"text", "json"});
    CHECK(candidates_for({.name = "x", .kind = cli::OptionKind::Flag, .value = "DIR"}).kind == Kind::Unknown);
}

TEST_CASE("candidates: the default of an option is among its words", "[manual]") {
    for (const auto& option : cli::global_options()) {
        const auto candidates = candidates_for(option);
        if (candidates.kind != Kind::Words || option.fallback.empty()) continue;
        INFO(option.name);
        CHECK(std::ranges::find(candidates.words, option.fallback) != candidates.words.end());
    }
}

TEST_CASE("candidates: a new container has no id to offer", "[manual]") {
    CHECK(takes_container(cli::kExec));
    CHECK(takes_container(cli::kDelete));
    CHECK_FALSE(takes_container(cli::kCreate));
    CHECK_FALSE(takes_container(cli::kRun));
    CHECK_FALSE(takes_container(cli::kRestore));
    CHECK_FALSE(takes_container(cli::kList));
}

TEST_CASE("shell_quoted: quotes end and begin again", "[manual]") {
    CHECK(shell_quoted("a'b $c") == "'a'\\''b $c'");
}

TEST_CASE("completion: what no help shows is offered nowhere", "[manual]") {
    for (const auto& script : {bash_completion(), zsh_completion(), fish_completion()}) {
        CHECK(script.find("--criu ") == std::string::npos);
        CHECK(script.find("-l criu") == std::string::npos);
        CHECK(script.find("kernel-memory-tcp[") == std::string::npos);
        CHECK(script.find("-l kernel-memory") == std::string::npos);
    }
}
