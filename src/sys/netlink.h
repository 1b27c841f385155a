// SPDX-License-Identifier: Apache-2.0
// Network interfaces of the calling process's network namespace.
// Runs in: either.
#pragma once

#include <string>

namespace runcxx::sys {

// Sets IFF_UP on an interface (netdevice(7)). Three calls; needs no IPv4 or IPv6 in the kernel. Errors: "set
// link lo up: ...".
void set_link_up(const std::string& name);
bool is_link_up(const std::string& name);

}  // namespace runcxx::sys
