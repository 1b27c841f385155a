// SPDX-License-Identifier: Apache-2.0
// Hands the notification fd of a container's filter to the agent that the profile names.
// Runs in: runtime.
#pragma once

#include <string>

#include "oci/state.h"
#include "sys/unique_fd.h"

namespace runcxx::seccomp {

// Connects to the unix stream socket `listener_path` and sends one message, the state as JSON with `listener`
// attached (runtime-spec, config-linux.md "containerprocessstate"). Errors: "seccomp listenerPath is not
// set"; "failed to connect with seccomp agent specified in the seccomp profile: dial unix P: connect: ...";
// "cannot send seccomp fd to P: ...".
void send_listener(const std::string& listener_path, const oci::ContainerProcessState& state,
                   const sys::UniqueFd& listener);

}  // namespace runcxx::seccomp
