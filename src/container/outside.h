// SPDX-License-Identifier: Apache-2.0
// What create and run connect to outside the container before they make it.
// Runs in: runtime.
#pragma once

#include "container/plan.h"
#include "sys/unique_fd.h"

namespace runcxx::container {

struct Sockets {
    sys::UniqueFd console;
    sys::UniqueFd pidfd;
    const sys::UniqueFd* console_or_null() const { return console ? &console : nullptr; }
    const sys::UniqueFd* pidfd_or_null() const { return pidfd ? &pidfd : nullptr; }
};

// Errors: "dial unix PATH: ...".
Sockets connect_sockets(const Plan& plan);

// So that init's orphans come to us and not to a pid 1 that knows nothing of them; failing is a warning.
void become_subreaper(const CreateOptions& options);

}  // namespace runcxx::container
