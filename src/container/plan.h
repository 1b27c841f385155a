// SPDX-License-Identifier: Apache-2.0
// Everything that create and run decide before their first side effect.
// Runs in: runtime.
#pragma once

#include <optional>
#include <string>

#include "base/paths.h"
#include "config/container.h"
#include "container/create.h"
#include "host/facts.h"

namespace runcxx::container {

struct Plan {
    CreateOptions options;
    HostPath pid_file;     // absolute, or empty
    HostPath config_file;  // absolute, or empty: config.json in the bundle
    config::Container config;
    host::Facts facts;
    std::optional<std::string> notify_socket;  // sd_notify socket of whoever manages us
};

// Enters the bundle, reads and resolves its configuration, and checks what can be checked. detached: nobody
// of ours stays to serve a terminal.
Plan make_plan(const CreateOptions& options, bool detached);

}  // namespace runcxx::container
