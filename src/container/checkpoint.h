// SPDX-License-Identifier: Apache-2.0
// `checkpoint`: the processes of a running container become files (CRIU's images), from which `restore` makes them
// again. Runs in: runtime.
#pragma once

#include <string>

#include "base/paths.h"
#include "checkpoint/criu_messages.h"

namespace runcxx::container {

// Where CRIU reads and writes, as given by the caller.
struct ImagePaths {
    std::string images;  // empty: "checkpoint" in the current directory
    std::string work;    // of the log; empty: the images' directory
};

struct CheckpointOptions {
    std::string id;
    HostPath root;
    ImagePaths paths;
    std::string parent_path;  // images of the pre-dump before, relative to those of this one; empty: none
    bool pre_dump = false;    // memory alone; the container goes on
    int status_fd = -1;       // of the caller: gets a null byte when lazy pages can be served
    checkpoint::CriuOptions criu;  // what the command line says of it; the rest is filled in
};

// The container is deleted, unless it is to go on (pre_dump, leave_running). On failure it goes on, and what CRIU's log
// says is quoted. Errors: "Container cannot be checkpointed in stopped state"; "--parent-path must be relative",
// "invalid --parent-path: ..."; those of checkpoint::Criu.
void checkpoint(const CheckpointOptions& options);

}  // namespace runcxx::container
