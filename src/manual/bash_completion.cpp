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
    R"bash(# bash completion for runcxx, made from its tables of commands and options.

# PROGRAM ROOT TEXT: ids that begin with TEXT. Not by compgen -W, which would expand them.
_runcxx_containers() {
    local program=$1 root=${2//[\"\'\\]/} id
    [[ $program == '~/'* ]] && program=$HOME/${program:2}
    [[ $root == '~/'* ]] && root=$HOME/${root:2}
    while read -r id; do
        [[ $id == "$3"* ]] && COMPREPLY+=("$id")
    done < <("$program" ${root:+--root "$root"} list --quiet 2>/dev/null)
}
)bash";

constexpr std::string_view kMain = R"bash(
_runcxx() {
    local IFS=$' \t\n' word words=() rest=$COMP_LINE
    local command= root= name= ended= count=0 kind= candidates= prefix=
    COMPREPLY=()
    # COMP_WORDS is split at = and : too. Here a word goes on until there is a blank.
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if [[ ${#words[@]} -eq 0 || $rest == [[:blank:]]* ]]; then
            words+=("$word")
        else
            words[-1]+=$word
        fi
        rest=${rest#*"$word"}
    done
    local current=${words[-1]}
    unset 'words[-1]'

    for word in "${words[@]:1}"; do
        if [[ -n $name ]]; then # the value of this option
            [[ $name == root ]] && root=$word
            name=
        elif [[ -z $ended && $word == -- ]]; then
            ended=1
        elif [[ -z $ended && $word == -* ]]; then
            word=${word#-} word=${word#-}
            name=${word%%=*}
            _runcxx_option "$command" "$name"
            [[ $word == root=* ]] && root=${word#*=}
            [[ -z $kind || $word == *=* ]] && name=
        elif [[ -z $command ]]; then
            command=$word
        else
            ((++count))
            _runcxx_options_end "$command" && ended=1
        fi
    done
    if [[ -z $name && -z $ended && $current == -*=* ]]; then
        word=${current#-} word=${word#-}
        name=${word%%=*}
        [[ $COMP_WORDBREAKS == *=* ]] || prefix=${current%%=*}=
    fi

    local text=${2#"$prefix"}
    if [[ -n $name ]]; then
        _runcxx_option "$command" "$name"
        if [[ $kind == file || $kind == directory ]]; then
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -P "$prefix" -A "$kind" -- "$text")
        fi
    elif [[ -z $ended && $current == -* ]]; then
        _runcxx_options "$command"
    elif [[ -z $command ]]; then
        candidates=$_runcxx_commands
    else
        _runcxx_argument "$command" "$count"
        [[ $kind == containers ]] && _runcxx_containers "${words[0]}" "$root" "$text"
    fi
    [[ -n $candidates ]] && mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$candidates" -- "$text")
}

complete -F _runcxx runcxx
)bash";

std::string pattern(std::string_view command, const cli::Option& option) {
    auto text = fmt::format("{}/{}", command, option.name);
    if (!option.alias.empty()) text += fmt::format(" | {}/{}", command, option.alias);
    return text;
}

std::string option_case(std::string_view command, const cli::Option& option) {
    const auto candidates = candidates_for(option);
    std::string action = takes_value(option) ? "kind=value" : ":";
    if (candidates.kind == Candidates::Kind::Files) action = "kind=file";
    if (candidates.kind == Candidates::Kind::Directories) action = "kind=directory";
    if (candidates.kind == Candidates::Kind::Words)
        action += fmt::format(" candidates={}", shell_quoted(join(candidates.words, " ")));
    return fmt::format("        {}) {} ;;\n", pattern(command, option), action);
}

std::string option_words(const std::vector<const cli::Option*>& options) {
    std::vector<std::string> words;
    for (const auto* option : options)
        words.push_back(fmt::format("--{}", option->name));
    return join(words, " ");
}

}  // namespace

std::string bash_completion() {
    auto text = std::string(kHead);
    text += fmt::format("\n_runcxx_commands='{} help'\n",
                        join(names_of_commands([](const cli::Command&) { return true; }), " "));

    // A flag of a command counts only where a global option of its name takes a value.
    text +=
        "\n# COMMAND NAME: what the value of an option is; kind is empty for a flag.\n"
        "_runcxx_option() {\n    kind= candidates=\n    case $1/$2 in\n";
    for (const auto* command : cli::commands())
        for (const auto& option : command->options)
            if (takes_value(option) || cli::find_option(cli::global_options(), option.name) != nullptr)
                text += option_case(command->name, option);
    for (const auto& option : cli::global_options())
        if (takes_value(option)) text += option_case("*", option);
    text += "    esac\n}\n";

    text += "\n_runcxx_options() {\n    case $1 in\n";
    for (const auto* command : cli::commands())
        text += fmt::format("        {}) candidates='{}' ;;\n", command->name,
                            option_words(visible_options(*command)));
    text += fmt::format("        '') candidates='{}' ;;\n",
                        option_words({&cli::kHelpOption, &cli::kVersionOption}));
    text += fmt::format("    esac\n    candidates+=' {}'\n}}\n", option_words(visible_global_options()));

    text += fmt::format(
        "\n# The command whose words behind the first argument are not options of ours.\n"
        "_runcxx_options_end() {{ [[ ' {} ' == *\" $1 \"* ]]; }}\n",
        join(names_of_commands([](const cli::Command& command) { return command.options_end_at_argument; }),
             " "));

    text += fmt::format(
        "\n# COMMAND COUNT: what its next argument is, when there are COUNT.\n"
        "_runcxx_argument() {{\n    kind= candidates=\n    case $1/$2 in\n"
        "        {}/0) kind=containers ;;\n"
        "        {}/1) candidates='{}' ;;\n"
        "        help/0 | h/0) candidates=$_runcxx_commands ;;\n    esac\n}}\n",
        join(names_of_commands(takes_container), "/0 | "), cli::kKill.name, signal_words());
    return text + std::string(kMain);
}

}  // namespace runcxx::manual
