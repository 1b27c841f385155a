// SPDX-License-Identifier: Apache-2.0
// `restore`: a new container whose processes are those of a checkpoint. Runs in: runtime.
#pragma once

#include "checkpoint/criu_messages.h"
#include "container/checkpoint.h"
#include "container/create.h"

namespace runcxx::container {

struct RestoreOptions {
    CreateOptions create;  // id, bundle, console socket, pid file, ...
    ImagePaths paths;
    checkpoint::CriuOptions criu;
};

// As run(): the exit code. The bundle has to be the one that was dumped, or equal to it. Hooks: prestart and
// createRuntime, when the namespaces are there; poststop at the end. On failure nothing is left, and what CRIU's log says
// is quoted.
int restore(const RestoreOptions& options);

}  // namespace runcxx::container
