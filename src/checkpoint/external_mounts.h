// SPDX-License-Identifier: Apache-2.0
// The mounts of a running container that CRIU is to leave outside of the images. Runs in: runtime.
#pragma once

#include <sys/types.h>

#include <vector>

#include "checkpoint/criu_messages.h"
#include "config/container.h"

namespace runcxx::checkpoint {

// Of those that `facts` names what is still there, by the path that the container's mount table has for it. Looked up
// inside; a container that has led a path elsewhere gets an error of CRIU's, or a mount of its own left out. Errors: init
// has ended.
std::vector<ExternalMount> external_mounts(const config::CheckpointFacts& facts, pid_t init);

}  // namespace runcxx::checkpoint
