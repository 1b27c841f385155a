// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

namespace runcxx::cli {

std::span<const Command* const> commands() {
    static constexpr const Command* kCommands[] = {
        &kCheckpoint, &kCreate,  &kDelete, &kEvents, &kExec, &kFeatures, &kKill,  &kList,   &kPause,
        &kPs,         &kRestore, &kResume, &kRun,    &kSpec, &kStart,    &kState, &kUpdate,
    };
    return kCommands;
}

const Command* find_command(std::string_view name) {
    for (const auto* command : commands())
        if (command->name == name) return command;
    return nullptr;
}

}  // namespace runcxx::cli
