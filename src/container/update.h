// SPDX-License-Identifier: Apache-2.0
// `update`: other resource limits for a container that exists.
// Runs in: runtime.
#pragma once

#include <string>
#include <vector>

#include "base/paths.h"
#include "config/update.h"

namespace runcxx::container {

struct UpdateOptions {
    std::string resources_file;               // linux.resources as JSON; "-": stdin. Empty: `flags` count
    std::vector<config::ResourceFlag> flags;  // in the order given
    std::string l3_cache_schema;              // Intel RDT
    std::string mem_bw_schema;
};

// Writes what the options name and nothing else, and state.json; when something refuses, what was written is
// restored, last first, and the error says what could not be. Waits for other commands on the container.
// Errors: ContainerNotFound; NotRunning "container not running"; those of config::resources_of_flags and of the
// controllers.
void update(const HostPath& root, const std::string& id, const UpdateOptions& options);

}  // namespace runcxx::container
