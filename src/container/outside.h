// SPDX-License-Identifier: Apache-2.0
// What create, run and exec connect to outside the container before they make anything.
// Runs in: runtime.
#pragma once

#include <string>

#include "container/create.h"
#include "sys/unique_fd.h"

namespace runcxx::container {

struct Sockets {
    sys::UniqueFd console;
    sys::UniqueFd pidfd;
    const sys::UniqueFd* console_or_null() const { return console ? &console : nullptr; }
    const sys::UniqueFd* pidfd_or_null() const { return pidfd ? &pidfd : nullptr; }
};

// The options of these names; empty: not given. Errors: "dial unix PATH: ...".
Sockets connect_sockets(const std::string& console_socket, const std::string& pidfd_socket);

// So that init's orphans come to us and not to a pid 1 that knows nothing of them; failing is a warning.
void become_subreaper(const CreateOptions& options);

}  // namespace runcxx::container
