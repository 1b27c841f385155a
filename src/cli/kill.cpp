// SPDX-License-Identifier: Apache-2.0
#include "container/kill.h"

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/global_options.h"
#include "config/signals.h"
#include "container/matching.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    // Once it chose between init and everybody; shims still send it, and mean that a dead container is no
    // error.
    {.name = "all",
     .alias = "a",
     .kind = OptionKind::Flag,
     .summary = "succeed when the container is not running",
     .hidden = true},
    {.name = "regex",
     .alias = "r",
     .kind = OptionKind::Flag,
     .summary = "signal every container whose id matches the regular expression <container-id>"},
};

int run_kill(const Invocation& invocation) {
    const auto& words = invocation.arguments.words();
    const auto& globals = invocation.globals;
    const bool has_signal = words.size() > 1 && !words[1].empty();
    const auto signal = has_signal ? words[1] : "SIGTERM";
    if (invocation.arguments.flag("regex")) {
        config::parse_signal(signal);  // wrong for all of them
        container::for_each_matching(
            globals.root, globals.root_is_default(), words[0], "kill",
            [&](const auto& id) { container::kill(globals.root, id, signal, false); });
    } else {
        container::kill(globals.root, words[0], signal, invocation.arguments.flag("all"));
    }
    return 0;
}

}  // namespace

const Command kKill{
    .name = "kill",
    .summary = "send a signal to the first process of a container",
    .usage = "<container-id> [signal]",
    .description = "The signal is a number or a name, with or without SIG; SIGTERM when it is missing.",
    .min_arguments = 1,
    .max_arguments = 2,
    .options_end_at_argument = true,
    .options = kOptions,
    .run = run_kill,
};

}  // namespace runcxx::cli
