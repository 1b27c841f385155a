// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.h"

#include <CLI/Split.hpp>
#include <fmt/core.h>

#include "base/numbers.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/global_options.h"

namespace runcxx::cli {
namespace {

constexpr std::string_view kHelpCommand = "help";
constexpr std::string_view kHelpAlias = "h";

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The words before the subcommand, or those behind it.
class Level {
public:
    // `command` null: the program itself.
    Level(const Command* command, CommandLine& line) : command_(command), line_(line) {}

    void read(std::span<const std::string_view> words);

    std::vector<std::string> arguments;
    bool wants_help = false;
    bool wants_version = false;

private:
    struct Found {
        const Option* option = nullptr;
        bool is_global = false;
    };

    Found find(std::string_view name) const;
    bool ends_options(std::string_view word) const;
    // Returns whether the next word was taken as the value.
    bool read_option(std::string_view word, const std::string_view* next);
    void store(const Found& found, std::string_view name, std::string value);
    void fail(std::string why) {
        if (!line_.error) line_.error = std::move(why);
    }

    const Command* command_;
    CommandLine& line_;
};

// A subcommand's own option hides a global one of the same name (`spec --rootless`).
Level::Found Level::find(std::string_view name) const {
    if (command_ != nullptr)
        if (const auto* own = find_option(command_->options, name)) return {own, false};
    if (const auto* global = find_option(global_options(), name)) return {global, true};
    if (find_option({&kHelpOption, 1}, name) != nullptr) return {&kHelpOption, true};
    if (command_ == nullptr && find_option({&kVersionOption, 1}, name) != nullptr)
        return {&kVersionOption, true};
    return {};
}

// Everything from this word on is an argument, to be read by somebody else.
bool Level::ends_options(std::string_view word) const {
    if (command_ == nullptr)
        return word == kHelpCommand || word == kHelpAlias || find_command(word) != nullptr;
    return arguments.empty() && word == kHelpCommand;
}

void Level::store(const Found& found, std::string_view name, std::string value) {
    if (found.option->kind == OptionKind::Flag) {
        const auto on = parse_bool(value);
        if (!on)
            return fail(
                fmt::format("invalid value {} for flag -{}: parse error", runcxx::quoted(value), name));
        if (found.option == &kHelpOption) {
            // Help that is asked for behind a mistake does not excuse the mistake.
            wants_help = *on && (wants_help || !line_.error);
            return;
        }
        if (found.option == &kVersionOption) {
            wants_version = *on;
            return;
        }
        value = *on ? "true" : "false";
    }
    (found.is_global ? line_.globals : line_.options).push_back({found.option, std::move(value)});
}

bool Level::read_option(std::string_view word, const std::string_view* next) {
    // One dash is as good as two.
    std::string name;
    std::string value;
    CLI::detail::split_long(fmt::format("{}{}", word.starts_with("--") ? "" : "-", word), name, value);
    const bool has_value = word.find('=') != std::string_view::npos;

    const auto found = find(name);
    if (found.option == nullptr) {
        fail(fmt::format("flag provided but not defined: -{}", name));
        return false;
    }
    if (found.option->kind == OptionKind::Flag) {
        store(found, name, value.empty() ? "true" : std::move(value));
        return false;
    }
    if (has_value) {
        store(found, name, std::move(value));
        return false;
    }
    if (next == nullptr) {
        fail(fmt::format("flag needs an argument: {}", word));
        return false;
    }
    store(found, name, std::string(*next));
    return true;
}

void Level::read(std::span<const std::string_view> words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto word = words[i];
        if (word == "--") {
            arguments.insert(arguments.end(), words.begin() + i + 1, words.end());
            return;
        }
        const bool stops = command_ != nullptr && command_->options_end_at_argument && !arguments.empty();
        // "-9" is a name or a number, and what stands behind it is none of our options either.
        const bool dashed_argument =
            word.size() > 1 && word[0] == '-' && word[1] != '-' && !is_letter(word[1]);
        if (stops || dashed_argument) {
            arguments.insert(arguments.end(), words.begin() + i, words.end());
            return;
        }
        if (word.size() < 2 || word[0] != '-') {
            if (ends_options(word)) {
                arguments.insert(arguments.end(), words.begin() + i, words.end());
                return;
            }
            arguments.emplace_back(word);
            continue;
        }
        if (read_option(word, i + 1 < words.size() ? &words[i + 1] : nullptr)) ++i;
    }
}

void ask_for_help(CommandLine& line, const std::string& topic) {
    line.request = CommandLine::Request::Help;
    line.command = find_command(topic);
    if (line.command != nullptr || topic == kHelpCommand || topic == kHelpAlias) return;
    line.request = CommandLine::Request::UnknownCommand;
    line.unknown_command = topic;
}

void read_command(CommandLine& line, std::span<const std::string_view> words) {
    Level level(line.command, line);
    level.read(words);
    line.request = CommandLine::Request::Run;
    if (level.wants_help ||
        (!level.arguments.empty() && level.arguments.front() == kHelpCommand && !line.error))
        line.request = CommandLine::Request::Help;
    line.arguments = std::move(level.arguments);
}

}  // namespace

CommandLine parse_command_line(std::span<const std::string_view> words) {
    CommandLine line;
    Level level(nullptr, line);
    level.read(words);

    const auto topic = level.arguments.empty() ? std::string() : level.arguments.front();
    if (level.wants_help) {
        if (!line.error && !topic.empty()) ask_for_help(line, topic);
    } else if (level.wants_version && !line.error) {
        line.request = CommandLine::Request::Version;
    } else if (topic == kHelpCommand || topic == kHelpAlias) {
        if (level.arguments.size() > 1 && !level.arguments[1].starts_with('-'))
            ask_for_help(line, level.arguments[1]);
    } else if (line.command = find_command(topic); line.command != nullptr) {
        // The arguments of the program are its last words, untouched.
        read_command(line, words.subspan(words.size() - level.arguments.size() + 1));
    } else if (!topic.empty() && !line.error) {
        line.request = CommandLine::Request::UnknownCommand;
        line.unknown_command = topic;
    } else if (line.error) {
        line.request = CommandLine::Request::Run;
    }
    return line;
}

}  // namespace runcxx::cli
