// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/option_values.h"

namespace runcxx::cli {
namespace {

std::int64_t to_number(OptionKind kind, const std::string& text) {
    return kind == OptionKind::Duration ? parse_duration(text) : parse_integer(text);
}

bool is_list(OptionKind kind) {
    return kind == OptionKind::List || kind == OptionKind::Numbers;
}

// CLI11 reads a plain decimal number afterwards.
CLI::Validator go_number(const Option& option) {
    return CLI::Validator(
        [&option](std::string& text) {
            try {
                text = fmt::format("{}", to_number(option.kind, text));
            } catch (const Error& why) {
                throw Error(Error::Kind::InvalidConfig,
                            fmt::format("invalid value {} for flag -{}: {}", runcxx::quoted(text),
                                        option.name, why.message()));
            }
            return std::string();
        },
        "");
}

}  // namespace

Arguments::Arguments(const CommandLine& line) : words_(line.arguments) {
    values_.reserve(line.command->options.size());
    for (const auto& option : line.command->options) {
        auto& value = values_.emplace_back(Value{.option = &option});
        if (option.kind == OptionKind::Number || option.kind == OptionKind::Duration)
            value.number = option.fallback.empty() ? 0 : to_number(option.kind, std::string(option.fallback));
        if (option.kind == OptionKind::Text) value.texts.emplace_back(option.fallback);
    }
    if (!line.options.empty()) parse(line);
}

void Arguments::parse(const CommandLine& line) {
    CLI::App app;
    app.set_help_flag();
    std::vector<std::pair<Value*, CLI::Option*>> bound;
    for (auto& value : values_) {
        // To tell CLI11 of the others costs more than all the rest of reading the command line.
        if (!std::ranges::any_of(line.options,
                                 [&](const auto& given) { return given.option == value.option; }))
            continue;
        const auto name = fmt::format("--{}", value.option->name);
        CLI::Option* option = nullptr;
        switch (value.option->kind) {
            case OptionKind::Flag:
                option = app.add_flag(name, value.flag);
                break;
            case OptionKind::Number:
            case OptionKind::Duration:
                option = app.add_option(name, value.number)->transform(go_number(*value.option));
                break;
            case OptionKind::Numbers:
                option = app.add_option(name)->transform(go_number(*value.option));
                break;
            // Taken over as they are: CLI11's conversion to a vector gives some texts ("{}", "[a,b]") a
            // meaning.
            case OptionKind::Text:
            case OptionKind::List:
                option = app.add_option(name);
                break;
        }
        option->allow_extra_args(false)->multi_option_policy(
            is_list(value.option->kind) ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
        bound.emplace_back(&value, option);
    }

    std::vector<std::string> words;  // last first, as CLI11 wants them
    for (auto given = line.options.rbegin(); given != line.options.rend(); ++given) {
        const auto name = fmt::format("--{}", given->option->name);
        if (given->option->kind == OptionKind::Flag) {
            words.push_back(fmt::format("{}={}", name, given->value));
        } else {
            words.push_back(given->value);  // a word of its own: an empty one and one with dashes stay values
            words.push_back(name);
        }
    }
    app.parse(words);

    for (const auto& [value, option] : bound) {
        value->given = true;
        if (value->option->kind == OptionKind::Text) value->texts = {option->results().back()};
        if (is_list(value->option->kind)) value->texts = option->results();
    }
}

const Arguments::Value& Arguments::find(std::string_view name, OptionKind kind) const {
    for (const auto& value : values_) {
        if (value.option->name != name) continue;
        const auto actual =
            value.option->kind == OptionKind::Duration ? OptionKind::Number : value.option->kind;
        if (actual == kind) return value;
    }
    throw Error(fmt::format("no option {}", name));
}

bool Arguments::flag(std::string_view name) const {
    return find(name, OptionKind::Flag).flag;
}

const std::string& Arguments::text(std::string_view name) const {
    return find(name, OptionKind::Text).texts.front();
}

std::int64_t Arguments::number(std::string_view name) const {
    return find(name, OptionKind::Number).number;
}

const std::vector<std::string>& Arguments::list(std::string_view name) const {
    return find(name, OptionKind::List).texts;
}

std::vector<std::int64_t> Arguments::numbers(std::string_view name) const {
    std::vector<std::int64_t> numbers;
    for (const auto& text : find(name, OptionKind::Numbers).texts)
        numbers.push_back(parse_integer(text));
    return numbers;
}

bool Arguments::is_given(std::string_view name) const {
    for (const auto& value : values_)
        if (value.option->name == name) return value.given;
    throw Error(fmt::format("no option {}", name));
}

}  // namespace runcxx::cli
