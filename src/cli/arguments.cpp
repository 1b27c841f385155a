// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/option_values.h"

namespace runcxx::cli {
namespace {

std::int64_t to_number(OptionKind kind, const std::string& text) {
    return kind == OptionKind::Duration ? parse_duration(text) : parse_integer(text);
}

std::int64_t to_number(const Option& option, const std::string& text) {
    try {
        return to_number(option.kind, text);
    } catch (const Error& why) {
        throw Error(Error::Kind::InvalidConfig, fmt::format("invalid value {} for flag -{}: {}", quoted(text),
                                                            option.name, why.message()));
    }
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
    for (const auto& given : line.options)
        take(*std::ranges::find(values_, given.option, &Value::option), given.value);
}

// Of an option that was given twice the last value counts, except where a list is made of them.
void Arguments::take(Value& value, const std::string& text) {
    value.given = true;
    switch (value.option->kind) {
        case OptionKind::Flag:
            value.flag = text == "true";
            return;
        case OptionKind::Number:
        case OptionKind::Duration:
            value.number = to_number(*value.option, text);
            return;
        case OptionKind::Text:
            value.texts = {text};
            return;
        case OptionKind::Numbers:
            value.numbers.push_back(to_number(*value.option, text));
            return;
        case OptionKind::List:
            value.texts.push_back(text);
            return;
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

const std::vector<std::int64_t>& Arguments::numbers(std::string_view name) const {
    return find(name, OptionKind::Numbers).numbers;
}

bool Arguments::is_given(std::string_view name) const {
    for (const auto& value : values_)
        if (value.option->name == name) return value.given;
    throw Error(fmt::format("no option {}", name));
}

}  // namespace runcxx::cli
