// SPDX-License-Identifier: Apache-2.0
// CLI11 as the reference: where its grammar and Go's agree, its App must find in a command line what we find. (The product
// uses only its splitting of words, as the App would bring iostream and std::locale into every start. They differ where Go
// takes an empty value, "--bundle=", or a value that looks like an option.)
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "support/catch.h"

using namespace runcxx::cli;

namespace {

// What an App with the subcommand's table finds, each option as text.
class Reference {
public:
    Reference(const Command& command, std::vector<std::string> words) {
        for (const auto& option : command.options) {
            const auto name = "--" + std::string(option.name);
            auto* added = option.kind == OptionKind::Flag ? app_.add_flag(name) : app_.add_option(name);
            const bool is_list = option.kind == OptionKind::List || option.kind == OptionKind::Numbers;
            added->allow_extra_args(false)->multi_option_policy(is_list ? CLI::MultiOptionPolicy::TakeAll
                                                                        : CLI::MultiOptionPolicy::TakeLast);
        }
        app_.allow_extras();
        std::reverse(words.begin(), words.end());
        app_.parse(words);
    }

    bool is_given(std::string_view name) const { return option(name).count() > 0; }
    std::vector<std::string> results(std::string_view name) const {
        std::vector<std::string> values;
        option(name).results(values);
        return values;
    }
    std::vector<std::string> arguments() const { return app_.remaining(); }

private:
    const CLI::Option& option(std::string_view name) const {
        return *app_.get_option("--" + std::string(name));
    }
    CLI::App app_;
};

std::vector<std::string> ours(const Arguments& arguments, const Option& option) {
    switch (option.kind) {
        case OptionKind::Flag:
            return {arguments.flag(option.name) ? "true" : "false"};
        case OptionKind::Text:
            return {arguments.text(option.name)};
        case OptionKind::Number:
        case OptionKind::Duration:
            return {std::to_string(arguments.number(option.name))};
        case OptionKind::List:
            return arguments.list(option.name);
        case OptionKind::Numbers:
            break;
    }
    std::vector<std::string> texts;
    for (const auto number : arguments.numbers(option.name))
        texts.push_back(std::to_string(number));
    return texts;
}

}  // namespace

TEST_CASE("command line: CLI11 finds the same options, values and arguments", "[cli]") {
    const std::vector<std::pair<const Command*, std::vector<std::string>>> lines{
        {&kCreate, {"--bundle", "/b", "c1"}},
        {&kCreate, {"--bundle=/b", "--no-pivot", "--pid-file", "/p", "c1"}},
        {&kCreate, {"--bundle", "/a", "--bundle=/b=c", "--preserve-fds", "3", "c1"}},
        {&kCreate, {"c1", "--pid-file=/p", "--no-new-keyring"}},
        {&kRun, {"--detach", "--keep", "--console-socket", "/s", "c1"}},
        {&kRun, {"--detach=false", "c1"}},
        {&kList, {"--format", "json", "--quiet"}},
        {&kList, {}},
        {&kState, {"c1"}},
        {&kUpdate, {"--memory", "64M", "--cpu-quota=-1", "--pids-limit", "10", "c1"}},
        {&kExec, {"--env", "A=1", "--env=B=2=3", "--cap", "CAP_KILL", "--tty", "c1"}},
        {&kExec, {"--additional-gids", "1", "--additional-gids=2", "--user=1:2", "--cwd", "/", "c1"}},
    };
    for (const auto& [command, words] : lines) {
        std::vector<std::string_view> line{command->name};
        line.insert(line.end(), words.begin(), words.end());
        const auto parsed = parse_command_line(line);
        CAPTURE(line);
        REQUIRE_FALSE(parsed.error);
        const Arguments arguments(parsed);
        const Reference reference(*command, words);
        CHECK(arguments.words() == reference.arguments());
        for (const auto& option : command->options) {
            CAPTURE(option.name);
            CHECK(arguments.is_given(option.name) == reference.is_given(option.name));
            if (reference.is_given(option.name))
                CHECK(ours(arguments, option) == reference.results(option.name));
        }
    }
}
