// SPDX-License-Identifier: Apache-2.0
#include "manual/candidates.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/global_options.h"
#include "config/capabilities.h"
#include "config/namespaces.h"
#include "config/signals.h"

namespace runcxx::manual {
namespace {

// "text|json", but not "[file:]FILE|journald:ID".
bool is_choice(std::string_view value) {
    return value.find('|') != std::string_view::npos && std::ranges::all_of(value, [](char c) {
               return c == '|' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
           });
}

std::vector<const cli::Option*> visible(std::span<const cli::Option> options) {
    std::vector<const cli::Option*> result;
    for (const auto& option : options)
        if (!option.hidden) result.push_back(&option);
    return result;
}

}  // namespace

Candidates candidates_for(const cli::Option& option) {
    using Kind = Candidates::Kind;
    const auto value = option.value;
    if (!takes_value(option)) return {};
    if (value == "DIR") return {Kind::Directories, {}};
    if (value == "FILE" || value == "SOCKET" || value.find("]FILE|") != std::string_view::npos)
        return {Kind::Files, {}};
    if (value == "CAP") return {Kind::Words, config::capability_names()};
    if (value == "NAMESPACE") return {Kind::Words, config::namespace_names()};
    if (!is_choice(value)) return {};
    Candidates choice{Kind::Words, {}};
    for (const auto word : split(value, '|'))
        choice.words.emplace_back(word);
    return choice;
}

bool takes_value(const cli::Option& option) {
    return option.kind != cli::OptionKind::Flag;
}

bool takes_container(const cli::Command& command) {
    return command.min_arguments > 0 && !command.makes_container;
}

std::vector<std::string> names_of_commands(bool (*belongs)(const cli::Command&)) {
    std::vector<std::string> names;
    for (const auto* command : cli::commands())
        if (belongs(*command)) names.emplace_back(command->name);
    return names;
}

std::string signal_words() {
    std::string words;
    for (const auto name : config::signal_names())
        words += fmt::format("{}{}", words.empty() ? "" : " ", name);
    return words;
}

std::vector<const cli::Option*> visible_options(const cli::Command& command) {
    auto options = visible(command.options);
    options.push_back(&cli::kHelpOption);
    return options;
}

std::vector<const cli::Option*> visible_global_options() {
    return visible(cli::global_options());
}

bool shadows(const cli::Command& command, const cli::Option& global_option) {
    return cli::find_option(command.options, global_option.name) != nullptr;
}

std::string shell_quoted(std::string_view text) {
    std::string result = "'";
    for (const char c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + '\'';
}

}  // namespace runcxx::manual
