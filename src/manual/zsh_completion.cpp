// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/global_options.h"
#include "manual/candidates.h"
#include "manual/completion.h"

namespace runcxx::manual {
namespace {

constexpr std::string_view kHead = R"zsh(#compdef runcxx
# zsh completion for runcxx, made from its tables of commands and options.

_runcxx_containers() {
    # Not by _call_program, which would evaluate what was typed.
    local root=${(Q)${opt_args[--root]:-$runcxx_root}} program=${(Q)runcxx_program}
    local -a option ids
    [[ -n $root ]] && option=(--root ${root/#\~\//$HOME/})
    ids=(${(f)"$(${program/#\~\//$HOME/} $option list --quiet 2>/dev/null)"})
    _wanted containers expl container compadd -a ids
}
)zsh";

constexpr std::string_view kMain = R"zsh(
_runcxx() {
    local curcontext=$curcontext state line ret=1
    local runcxx_program=$words[1] runcxx_root
    typeset -A opt_args
    local -a globals
    _runcxx_globals
    _arguments -C $globals '(- *)'{-h,--help}'[show help]' '(- *)'{-v,--version}'[print the version]' \
        '(-)1: :_runcxx_commands' '(-)*:: :->argument' && ret=0
    [[ $state == argument ]] || return ret

    # From here on words begins with the command.
    runcxx_root=$opt_args[--root]
    curcontext=${curcontext%:*:*}:runcxx-$words[1]:
)zsh";

// In the brackets of an option.
std::string bracketed(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == '\\') result += '\\';
        result += c;
    }
    return result;
}

// Between the colons behind it.
std::string message(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == ':' || c == '\\') result += '\\';
        result += c;
    }
    return result;
}

std::string action(const cli::Option& option) {
    const auto candidates = candidates_for(option);
    switch (candidates.kind) {
        case Candidates::Kind::Files:
            return "_files";
        case Candidates::Kind::Directories:
            return "_path_files -/";
        case Candidates::Kind::Words:
            return fmt::format("({})", join(candidates.words, " "));
        case Candidates::Kind::Unknown:
            break;
    }
    return " ";
}

// As _arguments wants it: '(-b --bundle)'{-b,--bundle}'=[summary]:DIR:_directories'.
std::string specification(const cli::Option& option) {
    auto tail = fmt::format("{}[{}]", takes_value(option) ? "=" : "", bracketed(option.summary));
    if (takes_value(option)) tail += fmt::format(":{}:{}", message(option.value), action(option));
    const bool repeats = option.kind == cli::OptionKind::List || option.kind == cli::OptionKind::Numbers;
    if (option.alias.empty())
        return shell_quoted(fmt::format("{}--{}{}", repeats ? "*" : "", option.name, tail));
    const auto both = repeats ? "'*'" : fmt::format("'(-{} --{})'", option.alias, option.name);
    return fmt::format("{}{{-{},--{}}}{}", both, option.alias, option.name, shell_quoted(tail));
}

std::string arguments_of(const cli::Command& command) {
    if (command.max_arguments == 0) return {};
    // "(-)": no option of ours behind it.
    std::string text = command.options_end_at_argument ? " '(-)1:" : " '1:";
    text += takes_container(command) ? "container:_runcxx_containers'" : "id of the new container: '";
    if (&command == &cli::kKill) {
        text += fmt::format(" '2:signal:({})'", signal_words());
    } else if (command.max_arguments == cli::kUnlimited) {
        text += " '*: : '";
    }
    return text;
}

std::string command_case(const cli::Command& command) {
    auto text = fmt::format("        {})\n", command.name);
    for (const auto& option : cli::global_options())
        if (shadows(command, option))
            text += fmt::format("            globals=(${{globals:#--{}*}})\n", option.name);
    text += "            _arguments $globals";
    for (const auto* option : visible_options(command))
        text += fmt::format(" \\\n                {}", specification(*option));
    return text + fmt::format(" \\\n               {} && ret=0\n            ;;\n", arguments_of(command));
}

}  // namespace

std::string zsh_completion() {
    auto text = std::string(kHead);
    text += "\n_runcxx_commands() {\n    local -a commands=(\n";
    for (const auto* command : cli::commands())
        text +=
            fmt::format("        {}\n", shell_quoted(fmt::format("{}:{}", command->name, command->summary)));
    text +=
        "        'help:show help for the program or one command'\n    )\n"
        "    _describe -t commands command commands\n}\n";
    text += "\n_runcxx_globals() {\n    globals=(\n";
    for (const auto* option : visible_global_options())
        text += fmt::format("        {}\n", specification(*option));
    text += "    )\n}\n";

    text += std::string(kMain) + "    case $words[1] in\n";
    for (const auto* command : cli::commands())
        text += command_case(*command);
    text += "        help | h) _arguments '1: :_runcxx_commands' && ret=0 ;;\n    esac\n    return ret\n}\n";
    return text + "\n_runcxx \"$@\"\n";
}

}  // namespace runcxx::manual
