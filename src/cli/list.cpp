// SPDX-License-Identifier: Apache-2.0
#include "container/list.h"

#include <sys/types.h>

#include <map>
#include <string>

#include <fmt/core.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/container_table.h"
#include "cli/global_options.h"
#include "cli/user_names.h"
#include "oci/state.h"
#include "sys/standard_streams.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "format",
     .alias = "f",
     .value = "table|json",
     .summary = "format of the output",
     .fallback = "table"},
    {.name = "quiet", .alias = "q", .kind = OptionKind::Flag, .summary = "print ids only"},
};

std::string format_list(const Arguments& arguments, const std::vector<oci::RuntimeState>& containers) {
    if (arguments.flag("quiet")) {
        std::string ids;
        for (const auto& container : containers)
            ids += fmt::format("{}\n", container.id);
        return ids;
    }
    const auto& format = arguments.text("format");
    if (format == "table") return container_table(containers);
    if (format == "json") return oci::list_to_json(containers) + '\n';
    throw Error(Error::Kind::InvalidConfig, "invalid format option");
}

int run_list(const Invocation& invocation) {
    const auto& globals = invocation.globals;
    // Plain lines: stdout stays parsable and the log file is for what fails the command.
    auto listed =
        container::list(globals.root, globals.root_is_default(), [](const auto& id, const Error& error) {
            sys::write_to_stderr(fmt::format("load container {}: {}\n", id, error.message()));
        });
    std::vector<oci::RuntimeState> containers;
    const auto users = listed.empty() ? std::string() : read_user_database();
    std::map<uid_t, std::string> names;  // mostly one
    for (auto& container : listed) {
        const auto [name, is_new] = names.try_emplace(container.owner);
        if (is_new) name->second = user_name(users, container.owner);
        container.state.owner = name->second;
        containers.push_back(std::move(container.state));
    }
    sys::write_to_stdout(format_list(invocation.arguments, containers));
    return 0;
}

}  // namespace

const Command kList{
    .name = "list",
    .summary = "list the containers below --root",
    .options = kOptions,
    .run = run_list,
};

}  // namespace runcxx::cli
