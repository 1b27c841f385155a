// SPDX-License-Identifier: Apache-2.0
// `list`: every container below a root.
// Runs in: runtime.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/paths.h"
#include "oci/state.h"

namespace runcxx::container {

struct Listed {
    oci::RuntimeState state;
    uid_t owner = 0;  // of the state directory
};

// Names of the directories below a root, sorted. A missing root is an error unless it is the default one.
std::vector<std::string> ids(const HostPath& root, bool root_is_default);

// Sorted by id. An unreadable container goes to on_error and the list goes on. Errors: those of ids().
std::vector<Listed> list(const HostPath& root, bool root_is_default,
                         const std::function<void(const std::string& id, const Error&)>& on_error);

}  // namespace runcxx::container
