// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/global_options.h"
#include "manual/candidates.h"
#include "manual/completion.h"

namespace runcxx::manual {
namespace {

constexpr std::string_view kHead =
    R"fish(# fish completion for runcxx, made from its tables of commands and options.

# Reads the line up to the word at the cursor; sets command, count (arguments behind it), ended (no options any
# more), root and program in its caller.
function __runcxx_read_line --no-scope-shadowing
    set -l expects
    set -l words (commandline -opc)
    set program $words[1]
    for word in $words[2..-1]
        if test -n "$expects" # the value of this option
            test $expects = root; and set root $word
            set expects
        else if test -z "$ended" -a "$word" = --
            set ended yes
        else if test -z "$ended"; and string match -q -- '-*' $word
            set -l option (string replace -r -- '^--?' '' $word | string split -m 1 =)
            if set -q option[2]
                test $option[1] = root; and set root $option[2]
            else if __runcxx_takes_value "$command" $option[1]
                set expects $option[1]
            end
        else if test -z "$command"
            set command $word
        else
            set count (math $count + 1)
            contains -- $command $__runcxx_ending; and set ended yes
        end
    end
end

function __runcxx_needs_command
    set -l command; set -l count 0; set -l ended; set -l root; set -l program
    __runcxx_read_line
    test -z "$command"
end

# No COMMANDs: behind any, and before it.
function __runcxx_takes_options --description 'COMMAND...'
    set -l command; set -l count 0; set -l ended; set -l root; set -l program
    __runcxx_read_line
    test -z "$ended"; and begin
        not set -q argv[1]; or contains -- "$command" $argv
    end
end

function __runcxx_takes_argument --description 'COUNT COMMAND...'
    set -l command; set -l count 0; set -l ended; set -l root; set -l program
    __runcxx_read_line
    test $count -eq $argv[1]; and contains -- "$command" $argv[2..-1]
end

function __runcxx_containers
    set -l command; set -l count 0; set -l ended; set -l root; set -l program
    __runcxx_read_line
    set -l option
    test -n "$root"; and set option --root (string replace -r '^~/' "$HOME/" -- $root)
    set program (string replace -r '^~/' "$HOME/" -- $program)
    command $program $option list --quiet 2>/dev/null
end
)fish";

std::string fish_quoted(std::string_view text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') result += '\\';
        result += c;
    }
    return result + '\'';
}

std::string value_arguments(const cli::Option& option) {
    if (!takes_value(option)) return {};
    const auto candidates = candidates_for(option);
    switch (candidates.kind) {
        case Candidates::Kind::Files:
            return " -r -F";
        case Candidates::Kind::Directories:
            return " -x -a '(__fish_complete_directories)'";
        case Candidates::Kind::Words:
            return fmt::format(" -x -a {}", fish_quoted(join(candidates.words, " ")));
        case Candidates::Kind::Unknown:
            break;
    }
    return " -x";
}

std::string rule(std::string_view condition, const cli::Option& option) {
    auto text = fmt::format("complete -c runcxx -n {} -l {}", fish_quoted(condition), option.name);
    if (!option.alias.empty()) text += fmt::format(" -s {}", option.alias);
    return text + fmt::format("{} -d {}\n", value_arguments(option), fish_quoted(option.summary));
}

std::string value_cases(std::string_view command, std::span<const cli::Option> options) {
    std::vector<std::string> names;
    for (const auto& option : options) {
        if (!takes_value(option)) continue;
        names.emplace_back(option.name);
        if (!option.alias.empty()) names.emplace_back(option.alias);
    }
    if (names.empty()) return {};
    return fmt::format("        case {}\n            contains -- $argv[2] {}; and return\n", command,
                       join(names, " "));
}

// A flag of a command that is a global option with a value elsewhere.
std::string shadowing_cases() {
    std::string text;
    for (const auto* command : cli::commands())
        for (const auto& option : cli::global_options())
            if (shadows(*command, option))
                text +=
                    fmt::format("    test \"$argv\" = '{} {}'; and return 1\n", command->name, option.name);
    return text;
}

std::string global_rule(const cli::Option& option) {
    std::string condition = "__runcxx_takes_options";
    for (const auto* command : cli::commands())
        if (shadows(*command, option))
            condition = fmt::format("not __runcxx_takes_options {}; and {}", command->name, condition);
    return rule(condition, option);
}

}  // namespace

std::string fish_completion() {
    auto text = std::string(kHead);
    text += fmt::format(
        "\n# Commands whose words behind the first argument are not options of ours.\n"
        "set -g __runcxx_ending {}\n",
        join(names_of_commands([](const cli::Command& command) { return command.options_end_at_argument; }),
             " "));
    text += "\nfunction __runcxx_takes_value --description 'COMMAND OPTION'\n" + shadowing_cases() +
            "    switch $argv[1]\n";
    for (const auto* command : cli::commands())
        text += value_cases(command->name, command->options);
    std::vector<std::string> globals;
    for (const auto& option : cli::global_options())
        if (takes_value(option)) globals.emplace_back(option.name);
    text += fmt::format("    end\n    contains -- $argv[2] {}\nend\n\n", join(globals, " "));

    text += "complete -c runcxx -f\n";
    for (const auto* command : cli::commands())
        text += fmt::format("complete -c runcxx -n __runcxx_needs_command -a {} -d {}\n", command->name,
                            fish_quoted(command->summary));
    text +=
        "complete -c runcxx -n __runcxx_needs_command -a help -d 'show help for the program or one "
        "command'\n";
    text += rule("__runcxx_takes_options", cli::kHelpOption);
    text += rule("__runcxx_needs_command", cli::kVersionOption);
    for (const auto* option : visible_global_options())
        text += global_rule(*option);
    for (const auto* command : cli::commands())
        for (const auto* option : visible_options(*command))
            if (option != &cli::kHelpOption)
                text += rule(fmt::format("__runcxx_takes_options {}", command->name), *option);

    text += fmt::format("complete -c runcxx -n '__runcxx_takes_argument 0 {}' -a '(__runcxx_containers)'\n",
                        join(names_of_commands(takes_container), " "));
    text += fmt::format("complete -c runcxx -n '__runcxx_takes_argument 1 {}' -a '{}'\n", cli::kKill.name,
                        signal_words());
    return text + fmt::format("complete -c runcxx -n '__runcxx_takes_argument 0 help h' -a '{}'\n",
                              join(names_of_commands([](const cli::Command&) { return true; }), " "));
}

}  // namespace runcxx::manual
