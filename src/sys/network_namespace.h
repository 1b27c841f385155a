// SPDX-License-Identifier: Apache-2.0
// network_namespaces(7): making one for somebody else. Runs in: runtime.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sys/unique_fd.h"

namespace runcxx::sys {

struct NetworkNamespace {
    UniqueFd fd;
    // Under which others can open it as long as we hold it. /proc may be that of another pid namespace, where we have
    // another pid: it is the one that /proc itself says.
    std::string path;
};

// Makes a network namespace, owned by our user namespace, and calls `inside` in it; afterwards this process is where it
// was. Nothing, where it could not come back: our network namespace belongs to a user namespace above ours, as with an
// engine that runs rootless. Needs CAP_SYS_ADMIN. Errors: "unshare network namespace", "return to our network namespace",
// those of `inside`.
std::optional<NetworkNamespace> make_network_namespace(const std::function<void()>& inside);

// Calls `inside` in a network namespace that is there; afterwards this process is where it was. False, where it could not
// come back: nothing was done. Needs CAP_SYS_ADMIN over both. Errors as above, "join network namespace".
bool visit_network_namespace(const UniqueFd& ns, const std::function<void()>& inside);

}  // namespace runcxx::sys
