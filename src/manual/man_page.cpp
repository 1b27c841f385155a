// SPDX-License-Identifier: Apache-2.0
#include "manual/man_page.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/global_options.h"
#include "manual/candidates.h"
#include "runcxx/version.h"

namespace runcxx::manual {
namespace {

std::string bold(std::string_view text) {
    return fmt::format("\\fB{}\\fR", plain_roff(text));
}

std::string italic(std::string_view text) {
    return fmt::format("\\fI{}\\fR", plain_roff(text));
}

// A control character at the beginning of a line would make a request of it.
std::string line(std::string_view roff) {
    const bool is_request = roff.starts_with('.') || roff.starts_with('\'');
    return fmt::format("{}{}\n", is_request ? "\\&" : "", roff);
}

// Text that is filled: a line of the source ends where it would be too long. A blank is all that may become an end of line.
std::string filled(std::string_view roff) {
    constexpr std::size_t kWidth = 78;
    std::string text;
    while (roff.size() > kWidth) {
        auto end = roff.rfind(' ', kWidth);
        if (end == std::string_view::npos) end = roff.find(' ');
        if (end == std::string_view::npos) break;
        text += line(roff.substr(0, end));
        roff.remove_prefix(end + 1);
    }
    return text + line(roff);
}

// Letters, digits and dashes that lead up to "(8)"; 0 when there is no such reference at `end`.
std::size_t reference_length(std::string_view text, std::size_t end) {
    if (end + 3 > text.size() || text[end] != '(' || text[end + 1] < '1' || text[end + 1] > '8' ||
        text[end + 2] != ')')
        return 0;
    const auto is_part = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.' || c == '_';
    };
    std::size_t begin = end;
    while (begin > 0 && is_part(text[begin - 1]))
        --begin;
    return end - begin;
}

std::string header(std::string_view page, std::string_view date, std::string_view summary) {
    return fmt::format(
        ".\\\" Made from the tables of src/cli and docs/man/{0}.md by src/manual.\n"
        ".TH {1} 8 {2} \"runcxx {3}\" \"System Administration\"\n"
        ".SH NAME\n{4} \\- {5}\n",
        page, plain_roff(to_upper(page)), date, RUNCXX_VERSION, plain_roff(page), plain_roff(summary));
}

std::string blocks(const std::vector<Block>& list) {
    std::string text;
    bool first = true;
    for (const auto& block : list) {
        switch (block.kind) {
            case Block::Kind::Paragraph:
                if (!first) text += ".PP\n";
                text += filled(to_roff(block.text));
                break;
            case Block::Kind::Entry:
                text += fmt::format(".TP\n{}{}", line(to_roff(block.term)), filled(to_roff(block.text)));
                break;
            case Block::Kind::Example: {
                text += fmt::format("{}.RS 4\n.EX\n", first ? "" : ".PP\n");
                const auto lines = split(block.text, '\n');
                for (const auto each : std::span(lines).first(lines.size() - 1))
                    text += line(plain_roff(each));
                text += ".EE\n.RE\n";
                break;
            }
        }
        first = false;
    }
    return text;
}

std::string section(const Prose& prose, std::string_view title) {
    const auto* found = prose.find(title);
    return found == nullptr ? std::string() : fmt::format(".SH {}\n{}", title, blocks(found->blocks));
}

// What comes behind OPTIONS. `references`: of every page, before its own.
std::string closing_sections(const Prose& prose, std::string_view references) {
    std::string text;
    for (const auto title : kProseSections) {
        if (title == "DESCRIPTION" || title == "SEE ALSO") continue;
        text += section(prose, title);
    }
    std::string also(references);
    if (const auto* own = prose.find("SEE ALSO"))
        for (const auto& block : own->blocks)
            also += fmt::format("{}{}", also.empty() ? "" : ", ", block.text);
    return also.empty() ? text : fmt::format("{}.SH SEE ALSO\n{}", text, filled(to_roff(also)));
}

std::string option_entry(const cli::Option& option) {
    const auto value = takes_value(option) ? fmt::format(" {}", italic(option.value)) : std::string();
    auto term = fmt::format("{}{}", bold(fmt::format("--{}", option.name)), value);
    if (!option.alias.empty()) term += fmt::format(", {}{}", bold(fmt::format("-{}", option.alias)), value);
    auto text = plain_roff(option.summary);
    if (!option.fallback.empty()) text += fmt::format(" (default: {})", plain_roff(option.fallback));
    if (option.kind == cli::OptionKind::List || option.kind == cli::OptionKind::Numbers)
        text += " (can be repeated)";
    return fmt::format(".TP\n{}{}", line(term), filled(text));
}

// "<container-id> [signal]": what stands for something is italic, without its angle brackets.
std::string usage_words(std::string_view usage) {
    std::string text;
    std::size_t open = std::string_view::npos;
    for (std::size_t i = 0; i < usage.size(); ++i) {
        if (usage[i] == '<') {
            open = i + 1;
        } else if (usage[i] == '>' && open != std::string_view::npos) {
            text += italic(usage.substr(open, i - open));
            open = std::string_view::npos;
        } else if (open == std::string_view::npos) {
            text += plain_roff(usage.substr(i, 1));
        }
    }
    return text;
}

std::string synopsis(const cli::Command& command) {
    std::string text = ".SH SYNOPSIS\n";
    auto usage = command.usage;
    for (bool first = true; first || !usage.empty(); first = false) {
        const auto end = std::min(usage.find(" || "), usage.size());
        const auto words = usage_words(usage.substr(0, end));
        text += fmt::format("{}{} [{}] {} [{}]{}{}\n", first ? "" : ".br\n", bold("runcxx"),
                            italic("global options"), bold(command.name), italic("options"),
                            words.empty() ? "" : " ", words);
        usage.remove_prefix(std::min(end + 4, usage.size()));
    }
    return text;
}

std::string page_of(const cli::Command& command) {
    return fmt::format("runcxx-{}", command.name);
}

}  // namespace

std::string plain_roff(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '\\':
                result += "\\e";
                break;
            case '-':
                result += "\\-";
                break;
            case '\'':
                result += "\\(aq";
                break;
            case '`':
                result += "\\(ga";
                break;
            case '^':
                result += "\\(ha";
                break;
            case '~':
                result += "\\(ti";
                break;
            case '"':
                result += "\\(dq";
                break;
            default:
                result += c;
        }
    }
    return result;
}

std::string to_roff(std::string_view text) {
    std::string result;
    std::string plain;  // not yet written: a reference is seen at its end only
    const auto flush = [&] {
        result += plain_roff(plain);
        plain.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char mark = text[i];
        const auto end = mark == '`' || mark == '*' ? text.find(mark, i + 1) : std::string_view::npos;
        if (end != std::string_view::npos && end > i + 1) {
            flush();
            const auto inner = text.substr(i + 1, end - i - 1);
            result += mark == '`' ? bold(inner) : italic(inner);
            i = end;
        } else if (const auto length = reference_length(text, i); length > 0 && length <= plain.size()) {
            const auto name = plain.substr(plain.size() - length);
            plain.resize(plain.size() - length);
            flush();
            result += fmt::format("{}({})", bold(name), text[i + 1]);
            i += 2;
        } else {
            plain += mark;
        }
    }
    flush();
    return result;
}

std::string program_page(const Prose& prose, std::string_view date) {
    auto text = header("runcxx", date, "run containers as the OCI runtime specification says");
    text += fmt::format(".SH SYNOPSIS\n{0} [{1}] {2} [{3}] [{4}]\n.br\n{0} {5} [{2}]\n", bold("runcxx"),
                        italic("global options"), italic("command"), italic("command options"),
                        italic("arguments"), bold("help"));
    text += section(prose, "DESCRIPTION");
    text += ".SH COMMANDS\n";
    std::string pages;
    for (const auto* command : cli::commands()) {
        text += fmt::format(".TP\n{}{}", line(to_roff(page_of(*command) + "(8)")),
                            filled(plain_roff(command->summary)));
        pages += fmt::format("{}{}(8)", pages.empty() ? "" : ", ", page_of(*command));
    }
    text += fmt::format(".TP\n{} [{}]\nshow help for the program or one command\n", bold("help"),
                        italic("command"));
    text += ".SH OPTIONS\n" +
            filled(to_roff("They can stand before the command and behind it; one dash is as good as "
                           "two, and a flag takes `=true` or `=false`."));
    for (const auto* option : visible_global_options())
        text += option_entry(*option);
    text += option_entry(cli::kHelpOption) + option_entry(cli::kVersionOption);
    return text + closing_sections(prose, pages);
}

std::string command_page(const cli::Command& command, const Prose& prose, std::string_view date) {
    const auto page = page_of(command);
    auto text = header(page, date, command.summary) + synopsis(command) + ".SH DESCRIPTION\n";
    if (!command.description.empty()) {
        std::string description;
        for (const auto each : split(command.description, '\n'))
            description += fmt::format("{}{}", description.empty() ? "" : " ", each);
        text += filled(to_roff(description));
    }
    if (command.run == nullptr) text += "Not supported yet: the command is known, and ends with an error.\n";
    if (const auto* own = prose.find("DESCRIPTION")) {
        if (!text.ends_with(".SH DESCRIPTION\n")) text += ".PP\n";
        text += blocks(own->blocks);
    }
    text += ".SH OPTIONS\n";
    for (const auto* option : visible_options(command))
        text += option_entry(*option);
    text += fmt::format(".PP\nThe global options of {}(8) can stand behind the command as well.\n",
                        bold("runcxx"));
    return text + closing_sections(prose, "runcxx(8)");
}

}  // namespace runcxx::manual
