// SPDX-License-Identifier: Apache-2.0
// The loopback interface of a new network namespace.
// Runs in: whoever made the namespace, inside it.
#pragma once

namespace runcxx::network {

// Sets "lo" up; the kernel gives it 127.0.0.1/8 and ::1 by itself. Errors: "set link lo up: ...".
void bring_up_loopback();

}  // namespace runcxx::network
