// SPDX-License-Identifier: Apache-2.0
#include "cli/help.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/global_options.h"
#include "runcxx/version.h"

namespace runcxx::cli {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

// A heading, then two columns below it.
std::string section(std::string_view heading, const Rows& rows) {
    std::size_t width = 0;
    for (const auto& row : rows)
        width = std::max(width, row.first.size());
    auto text = fmt::format("\n{}:\n", heading);
    for (const auto& [left, right] : rows)
        text += fmt::format("   {:<{}}  {}\n", left, width, right);
    return text;
}

void add_row(Rows& rows, const Option& option) {
    if (option.hidden) return;
    const auto value = option.kind == OptionKind::Flag ? std::string() : fmt::format(" {}", option.value);
    auto left = fmt::format("--{}{}", option.name, value);
    if (!option.alias.empty()) left += fmt::format(", -{}{}", option.alias, value);
    auto right = std::string(option.summary);
    if (!option.fallback.empty()) right += fmt::format(" (default: {})", option.fallback);
    if (option.kind == OptionKind::List || option.kind == OptionKind::Numbers) right += " (can be repeated)";
    rows.emplace_back(std::move(left), std::move(right));
}

std::string global_section() {
    Rows rows;
    for (const auto& option : global_options())
        add_row(rows, option);
    return section("GLOBAL OPTIONS", rows);
}

std::string indented(std::string_view text) {
    std::string result;
    for (const auto line : split(text, '\n'))
        result += line.empty() ? "\n" : fmt::format("   {}\n", line);
    return result;
}

}  // namespace

std::string program_help(std::string_view program) {
    auto text = fmt::format(
        "NAME:\n   {0} - Open Container Initiative runtime\n\n"
        "USAGE:\n   {0} [global options] command [command options] [arguments...]\n\n"
        "VERSION:\n   {1}\n\n"
        "DESCRIPTION:\n{2}",
        program, RUNCXX_VERSION,
        indented("Runs containers from bundles: directories with a root file system and a config.json\n"
                 "as the OCI runtime specification describes it. `spec` writes one to begin with."));
    Rows rows;
    for (const auto* command : commands())
        rows.emplace_back(command->name, command->summary);
    rows.emplace_back("help, h", "show help for the program or one command");
    text += section("COMMANDS", rows);

    rows.clear();
    for (const auto& option : global_options())
        add_row(rows, option);
    add_row(rows, kHelpOption);
    add_row(rows, kVersionOption);
    return text + section("GLOBAL OPTIONS", rows);
}

std::string command_help(std::string_view program, const Command& command) {
    auto text = fmt::format("NAME:\n   {0} {1} - {2}\n\nUSAGE:\n   {0} {1} [options]{3}{4}\n", program,
                            command.name, command.summary, command.usage.empty() ? "" : " ", command.usage);
    if (!command.description.empty())
        text += fmt::format("\nDESCRIPTION:\n{}", indented(command.description));
    Rows rows;
    for (const auto& option : command.options)
        add_row(rows, option);
    add_row(rows, kHelpOption);
    return text + section("OPTIONS", rows) + global_section();
}

}  // namespace runcxx::cli
