// SPDX-License-Identifier: Apache-2.0
// The grammar of the command line: every row of what callers of runc rely on.
#include "cli/command_line.h"

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/global_options.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::cli;
using Request = CommandLine::Request;
using Words = std::vector<std::string>;

namespace {

CommandLine parse(std::initializer_list<std::string_view> words) {
    return parse_command_line(std::vector<std::string_view>(words));
}

// Every value given for an option of the subcommand, in order.
Words values(const CommandLine& line, std::string_view name) {
    Words found;
    for (const auto& given : line.options)
        if (given.option->name == name) found.push_back(given.value);
    return found;
}

std::string error(std::initializer_list<std::string_view> words) {
    return parse(words).error.value_or("");
}

}  // namespace

TEST_CASE("command line: an option's value is the next word or stands behind '='", "[cli]") {
    for (const auto& line :
         {parse({"create", "--bundle", "/b", "c1"}), parse({"create", "--bundle=/b", "c1"}),
          parse({"create", "-bundle", "/b", "c1"}), parse({"create", "-bundle=/b", "c1"}),
          parse({"create", "-b", "/b", "c1"}), parse({"create", "-b=/b", "c1"})}) {
        REQUIRE_FALSE(line.error);
        CHECK(line.request == Request::Run);
        CHECK(line.command == &kCreate);
        CHECK(values(line, "bundle") == Words{"/b"});
        CHECK(line.arguments == Words{"c1"});
    }
}

TEST_CASE("command line: a value may be empty, look like an option, or contain '='", "[cli]") {
    CHECK(values(parse({"create", "--bundle=", "c1"}), "bundle") == Words{""});
    CHECK(values(parse({"create", "--bundle", "", "c1"}), "bundle") == Words{""});
    CHECK(values(parse({"create", "--bundle", "--force", "c1"}), "bundle") == Words{"--force"});
    CHECK(values(parse({"exec", "--env=A=b=c", "c1"}), "env") == Words{"A=b=c"});
}

TEST_CASE("command line: glued values, bundled flags and abbreviations are not options", "[cli]") {
    CHECK(error({"list", "-fjson"}) == "flag provided but not defined: -fjson");
    CHECK(error({"list", "-qf", "json"}) == "flag provided but not defined: -qf");
    CHECK(error({"delete", "--forc", "c1"}) == "flag provided but not defined: -forc");
}

TEST_CASE("command line: a boolean takes Go's words behind '=' and never the next word", "[cli]") {
    for (const char* yes : {"1", "t", "T", "TRUE", "true", "True"})
        CHECK(values(parse({"delete", std::string("--force=") + yes, "c1"}), "force") == Words{"true"});
    for (const char* no : {"0", "f", "F", "FALSE", "false", "False"})
        CHECK(values(parse({"delete", std::string("-f=") + no, "c1"}), "force") == Words{"false"});
    const auto line = parse({"delete", "--force", "false"});
    CHECK(values(line, "force") == Words{"true"});
    CHECK(line.arguments == Words{"false"});
    CHECK(error({"delete", "--force=yes", "c1"}) == R"(invalid value "yes" for flag -force: parse error)");
}

TEST_CASE("command line: options may follow the arguments", "[cli]") {
    const auto line = parse({"delete", "c1", "--force"});
    CHECK(values(line, "force") == Words{"true"});
    CHECK(line.arguments == Words{"c1"});
    CHECK(values(parse({"update", "c1", "--memory", "64M"}), "memory") == Words{"64M"});
}

TEST_CASE("command line: behind the id, exec, kill and ps leave the words alone", "[cli]") {
    const auto exec = parse({"exec", "-t", "c1", "ls", "-l", "--tty", "--", "-h"});
    CHECK(values(exec, "tty") == Words{"true"});
    CHECK(exec.request == Request::Run);
    CHECK(exec.arguments == Words{"c1", "ls", "-l", "--tty", "--", "-h"});
    CHECK(parse({"ps", "c1", "-aux"}).arguments == Words{"c1", "-aux"});
    CHECK(parse({"kill", "c1", "-9"}).arguments == Words{"c1", "-9"});
    CHECK(parse({"kill", "c1", "--all"}).arguments == Words{"c1", "--all"});
}

TEST_CASE("command line: '--' ends the options, behind the id too", "[cli]") {
    CHECK(parse({"delete", "--", "--force"}).arguments == Words{"--force"});
    CHECK(parse({"exec", "c1", "--", "ls", "--", "-l"}).arguments == Words{"c1", "ls", "--", "-l"});
    CHECK(parse({"kill", "c1", "--", "KILL"}).arguments == Words{"c1", "KILL"});
    const auto line = parse({"--debug", "--", "state", "c1"});
    CHECK(line.command == &kState);
    CHECK(line.arguments == Words{"c1"});
}

TEST_CASE("command line: global options are accepted on both sides of the subcommand", "[cli]") {
    for (const auto& line :
         {parse({"--root", "/r", "--debug", "state", "c1"}), parse({"state", "c1", "--debug", "-root=/r"}),
          parse({"-debug", "state", "--root=/r", "c1"})}) {
        REQUIRE_FALSE(line.error);
        const auto globals = read_global_options(line);
        CHECK(globals.log_level == "debug");
        CHECK(globals.root_argument == "/r");
        CHECK(line.arguments == Words{"c1"});
    }
}

TEST_CASE("command line: a subcommand's own option hides the global one of its name", "[cli]") {
    const auto line = parse({"--rootless", "false", "spec", "--rootless"});
    CHECK(values(line, "rootless") == Words{"true"});
    CHECK(read_global_options(line).rootless == "false");
}

TEST_CASE("command line: a dash with a digit, and a dash alone, are arguments", "[cli]") {
    CHECK(parse({"kill", "-9", "c1"}).arguments == Words{"-9", "c1"});
    CHECK(parse({"state", "-"}).arguments == Words{"-"});
    CHECK(parse({"state", "-9", "--debug"}).arguments == Words{"-9", "--debug"});
}

TEST_CASE("command line: a list option collects, and commas are part of the value", "[cli]") {
    CHECK(values(parse({"exec", "--env", "A=b,c", "-e", "D=e", "c1"}), "env") == Words{"A=b,c", "D=e"});
}

TEST_CASE("command line: what shims send is understood", "[cli]") {
    const auto line =
        parse({"--root", "/run/containerd/runc/k8s.io", "--log", "/b/log.json", "--log-format", "json",
               "--systemd-cgroup", "create", "--bundle", "/b", "--pid-file", "/b/init.pid",
               "--console-socket", "/tmp/pty.sock", "--no-pivot", "--no-new-keyring", "c1"});
    REQUIRE_FALSE(line.error);
    const auto globals = read_global_options(line);
    CHECK(globals.log == "/b/log.json");
    CHECK(globals.log_format == "json");
    CHECK(globals.cgroup_manager == "systemd");
    CHECK(line.arguments == Words{"c1"});
    CHECK_FALSE(parse({"restore", "--detach", "-no-subreaper", "--bundle", "B", "c1"}).error);
    CHECK_FALSE(parse({"--criu", "/usr/bin/criu", "delete", "--force", "c1"}).error);
    CHECK_FALSE(parse({"kill", "--all", "c1", "9"}).error);
    CHECK(parse({"restore", "--parent-path", "x", "c1"}).error);
}

TEST_CASE("command line: bad options are named in runc's words", "[cli]") {
    CHECK(error({"state", "--bogus", "c1"}) == "flag provided but not defined: -bogus");
    CHECK(error({"--bogus", "state", "c1"}) == "flag provided but not defined: -bogus");
    CHECK(error({"state", "--version", "c1"}) == "flag provided but not defined: -version");
    CHECK(error({"create", "c1", "--bundle"}) == "flag needs an argument: --bundle");
    CHECK(error({"create", "c1", "-b"}) == "flag needs an argument: -b");
}

TEST_CASE("command line: the first mistake counts, and the log options behind it are still read", "[cli]") {
    const auto line = parse({"state", "--bogus", "--worse", "c1", "--log", "/l", "--log-format=json"});
    CHECK(line.error == "flag provided but not defined: -bogus");
    CHECK(read_global_options(line).log == "/l");
    CHECK(read_global_options(line).log_format == "json");
}

TEST_CASE("command line: every way to ask for help is understood", "[cli]") {
    for (const auto& line : {parse({}), parse({"help"}), parse({"h"}), parse({"-h"}), parse({"--help"}),
                             parse({"help", "help"}), parse({"--debug"}), parse({"help", "--debug"})}) {
        CHECK(line.request == Request::Help);
        CHECK(line.command == nullptr);
    }
    for (const auto* command : commands()) {
        INFO(command->name);
        for (const auto& line : {parse({"help", command->name}), parse({command->name, "help"}),
                                 parse({command->name, "-h"}), parse({command->name, "--help"}),
                                 parse({"-h", command->name}), parse({command->name, "-h", "x", "--y"})}) {
            CHECK(line.request == Request::Help);
            CHECK(line.command == command);
        }
    }
    CHECK(parse({"state", "c1", "-h"}).request == Request::Help);
    CHECK(parse({"state", "--bogus", "-h"}).request == Request::Run);
    CHECK(parse({"state", "c1", "help"}).request == Request::Run);
}

TEST_CASE("command line: an unknown command is unknown, with help or without", "[cli]") {
    for (const auto& line : {parse({"foo"}), parse({"foo", "-h"}), parse({"help", "foo"}),
                             parse({"foo", "state"}), parse({"-h", "foo"})}) {
        CHECK(line.request == Request::UnknownCommand);
        CHECK(line.unknown_command == "foo");
    }
    CHECK(parse({"version"}).request == Request::UnknownCommand);
    CHECK(parse({"--debug", "init"}).request == Request::UnknownCommand);
}

TEST_CASE("command line: the version is asked for before the subcommand", "[cli]") {
    CHECK(parse({"--version"}).request == Request::Version);
    CHECK(parse({"-v"}).request == Request::Version);
    CHECK(parse({"--debug", "-v", "list"}).request == Request::Version);
    CHECK(parse({"-v=false", "list"}).request == Request::Run);
}

TEST_CASE("arguments: values have their types and unset ones the table's fallback", "[cli]") {
    const Arguments given(parse({"run", "-b", "/x", "-b", "/b", "--detach", "--preserve-fds", "0x10", "c1"}));
    CHECK(given.text("bundle") == "/b");
    CHECK(given.flag("detach"));
    CHECK_FALSE(given.flag("keep"));
    CHECK(given.number("preserve-fds") == 16);
    CHECK(given.is_given("preserve-fds"));
    CHECK(given.id() == "c1");
    CHECK_FALSE(Arguments(parse({"run", "--detach=false", "c1"})).flag("detach"));

    const Arguments unset(parse({"list"}));
    CHECK(unset.text("format") == "table");
    CHECK_FALSE(unset.flag("quiet"));
    CHECK_FALSE(unset.is_given("format"));
    CHECK(Arguments(parse({"events", "c1"})).number("interval") == 5'000'000'000);
    CHECK(Arguments(parse({"checkpoint", "c1"})).number("status-fd") == -1);
}

TEST_CASE("arguments: texts arrive byte for byte, whatever the parser library makes of them", "[cli]") {
    for (const char* text : {"", "{}", "[a,b]", "--", "-x", "%%", "a b", "'q'", "\"q\"", "=", "[", "\\n"}) {
        INFO(text);
        CHECK(Arguments(parse({"create", "--bundle", text, "c1"})).text("bundle") == text);
        CHECK(Arguments(parse({"exec", "--env", text, "-e", text, "c1"})).list("env") == Words{text, text});
    }
}

TEST_CASE("arguments: numbers can be a list", "[cli]") {
    const Arguments arguments(parse({"exec", "-g", "1", "--additional-gids=-7", "-g", "0x10", "c1"}));
    CHECK(arguments.numbers("additional-gids") == std::vector<std::int64_t>{1, -7, 16});
    CHECK(Arguments(parse({"exec", "c1"})).numbers("additional-gids").empty());
    CHECK_THROWS_WITH(
        Arguments(parse({"exec", "-g", "x", "c1"})),
        R"(invalid value "x" for flag -additional-gids: strconv.ParseInt: parsing "x": invalid syntax)");
}

TEST_CASE("arguments: a number that is none is named as Go names it", "[cli]") {
    const auto why = [](std::initializer_list<std::string_view> words) {
        try {
            const Arguments arguments(parse(words));
        } catch (const Error& error) {
            return error.message();
        }
        return std::string();
    };
    CHECK(why({"create", "--preserve-fds", "abc", "c1"}) ==
          R"(invalid value "abc" for flag -preserve-fds: strconv.ParseInt: parsing "abc": invalid syntax)");
    CHECK(
        why({"create", "--preserve-fds=99999999999999999999", "c1"}) ==
        R"(invalid value "99999999999999999999" for flag -preserve-fds: strconv.ParseInt: parsing "99999999999999999999": value out of range)");
    CHECK(why({"events", "--interval", "x", "c1"}) ==
          R"(invalid value "x" for flag -interval: time: invalid duration "x")");
    CHECK(why({"create", "--preserve-fds", "", "c1"}) ==
          R"(invalid value "" for flag -preserve-fds: strconv.ParseInt: parsing "": invalid syntax)");
}

TEST_CASE("arguments: asking for an option that the subcommand does not have fails", "[cli]") {
    const Arguments arguments(parse({"list"}));
    CHECK_THROWS_AS(arguments.text("bundle"), Error);
    CHECK_THROWS_AS(arguments.flag("format"), Error);
}

TEST_CASE("command line: of options that say the same thing the last one wins", "[cli]") {
    const auto globals = [](std::initializer_list<std::string_view> words) {
        return read_global_options(parse_command_line(std::vector<std::string_view>(words)));
    };
    CHECK(globals({"list"}).log_level == "info");
    CHECK(globals({"--log-level", "error", "list", "--debug"}).log_level == "debug");
    CHECK(globals({"--debug", "--log-level=warning", "list"}).log_level == "warning");
    CHECK(globals({"list"}).cgroup_manager == "cgroupfs");
    CHECK(globals({"--cgroup-manager=systemd", "list"}).cgroup_manager == "systemd");
    CHECK(globals({"--systemd-cgroup", "--cgroup-manager", "disabled", "list"}).cgroup_manager == "disabled");
    CHECK(globals({"--cgroup-manager=disabled", "--systemd-cgroup", "list"}).cgroup_manager == "systemd");
    CHECK(globals({"--cgroup-manager=systemd", "--systemd-cgroup=false", "list"}).cgroup_manager ==
          "cgroupfs");
}
