// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/cgroup_access.h"
#include "cli/commands.h"
#include "cli/global_options.h"
#include "cli/process_table.h"
#include "container/processes.h"
#include "sys/command_output.h"
#include "sys/program_lookup.h"
#include "sys/standard_streams.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "format",
     .alias = "f",
     .value = "table|json",
     .summary = "format of the output",
     .fallback = "table"},
};

// Shims parse all that is written to stdout and stderr.
std::string as_json(std::span<const pid_t> pids) {
    if (pids.empty()) return "null\n";
    std::string text;
    for (const auto pid : pids)
        text += fmt::format("{}{}", text.empty() ? '[' : ',', pid);
    return text + "]\n";
}

std::string host_ps(std::vector<std::string> options) {
    const auto program = sys::find_program("ps");
    if (program.empty()) throw Error("exec: \"ps\": executable file not found in $PATH");
    if (options.empty()) options.emplace_back("-ef");
    options.insert(options.begin(), "ps");
    auto output = sys::run_command(program, options);
    if (output.status.exit_code() != 0)
        throw Error(fmt::format("{}: {}", output.status.to_string(), output.text));
    return std::move(output.text);
}

int run_ps(const Invocation& invocation) {
    const auto& words = invocation.arguments.words();
    const auto pids = with_access_hint(
        "ps", [&] { return container::processes(invocation.globals.root, invocation.arguments.id()); });
    const auto& format = invocation.arguments.text("format");
    if (format == "json")
        sys::write_to_stdout(as_json(pids));
    else if (format == "table")
        sys::write_to_stdout(process_table(host_ps({words.begin() + 1, words.end()}), pids));
    else
        throw Error(Error::Kind::InvalidConfig, "invalid format option");
    return 0;
}

}  // namespace

const Command kPs{
    .name = "ps",
    .summary = "show the processes of a container",
    .usage = "<container-id> [ps options]",
    .description =
        "As a table, ps(1) of the host is run with the options given (default: -ef) and filtered; as JSON, "
        "it is\n"
        "the process ids.",
    .min_arguments = 1,
    .max_arguments = kUnlimited,
    .options_end_at_argument = true,
    .options = kOptions,
    .run = run_ps,
};

}  // namespace runcxx::cli
