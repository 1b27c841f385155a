// SPDX-License-Identifier: Apache-2.0
// The table of subcommands. Help, the parser and the texts about unknown commands read it; a new subcommand
// is its own file with its row, a declaration here and an entry in commands.cpp. Runs in: runtime. Pure data.
#pragma once

#include <span>
#include <string_view>

#include "cli/command.h"

namespace runcxx::cli {

extern const Command kCheckpoint;
extern const Command kCreate;
extern const Command kDelete;
extern const Command kEvents;
extern const Command kExec;
extern const Command kFeatures;
extern const Command kKill;
extern const Command kList;
extern const Command kPause;
extern const Command kPs;
extern const Command kRestore;
extern const Command kResume;
extern const Command kRun;
extern const Command kSpec;
extern const Command kStart;
extern const Command kState;
extern const Command kUpdate;

// In the order of help. `init` is not in it: it is the container's side and never reaches this module.
std::span<const Command* const> commands();

// nullptr when there is none.
const Command* find_command(std::string_view name);

}  // namespace runcxx::cli
