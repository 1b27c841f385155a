// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/global_options.h"
#include "cli/help.h"
#include "cli/version.h"
#include "sys/standard_streams.h"
#include "sys/unique_fd.h"

namespace runcxx::cli {
namespace {

int first_free_fd() {
    int number = 3;
    while (sys::is_open_number(number))
        ++number;
    return number;
}

void print_help(std::string_view program, const Command* command) {
    const auto name = base_name(program);
    sys::write_to_stdout(command != nullptr ? command_help(name, *command) : program_help(name));
}

[[noreturn]] void reject(std::string_view program, const Command* command, const std::string& why) {
    sys::write_to_stderr(fmt::format("Incorrect Usage: {}\n\n", why));
    print_help(program, command);
    throw Error(Error::Kind::Usage, why);
}

void check_argument_count(std::string_view program, const Command& command, std::size_t count) {
    std::string_view rule;
    unsigned number = command.min_arguments;
    if (command.min_arguments == command.max_arguments) {
        if (count != number) rule = "exactly";
    } else if (count < number) {
        rule = "a minimum of";
    } else if (count > command.max_arguments) {
        rule = "a maximum of";
        number = command.max_arguments;
    }
    if (rule.empty()) return;
    sys::write_to_stdout("Incorrect Usage.\n\n");
    throw Error(Error::Kind::Usage,
                fmt::format("{}: \"{}\" requires {} {} argument(s)", program, command.name, rule, number));
}

void open_log(LogFile& log_file, const GlobalOptions& globals, bool usage_is_wrong) {
    try {
        log_file.open(globals);
    } catch (const Error&) {
        // The mistake that was found first is the one to hear about.
        if (!usage_is_wrong) throw;
    }
}

}  // namespace

int main(std::span<char* const> argv, LogFile& log_file) {
    const std::string_view program = argv.empty() ? "runcxx" : argv.front();
    const auto name = program_name(program);
    std::vector<std::string_view> words;
    for (const char* word : argv.subspan(argv.empty() ? 0 : 1))
        words.emplace_back(word);
    const auto line = parse_command_line(words);
    if (line.request == CommandLine::Request::Help) return print_help(program, line.command), 0;
    if (line.request == CommandLine::Request::Version) return sys::write_to_stdout(version_text(name)), 0;

    const int free_fd = first_free_fd();
    sys::set_cloexec_from(3);

    auto globals = read_global_options(line);
    const bool usage_is_wrong = line.error || line.request == CommandLine::Request::UnknownCommand;
    open_log(log_file, globals, usage_is_wrong);
    if (line.request == CommandLine::Request::UnknownCommand)
        throw Error(Error::Kind::UnknownCommand, fmt::format("No help topic for '{}'", line.unknown_command));
    if (line.error) reject(program, line.command, *line.error);

    const auto& command = *line.command;
    const auto arguments = [&] {
        try {
            return Arguments(line);
        } catch (const Error& error) {
            reject(program, line.command, error.message());
        }
    }();
    settle_root(globals);
    if (globals.criu) log::debug("--criu is ignored: the binary is found in PATH");
    check_argument_count(program, command, line.arguments.size());
    return command.run({arguments, globals, name, free_fd});
}

}  // namespace runcxx::cli
