// SPDX-License-Identifier: Apache-2.0
#include "seccomp/listener.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/step.h"
#include "sys/socket.h"

namespace runcxx::seccomp {

void send_listener(const std::string& listener_path, const oci::ContainerProcessState& state,
                   const sys::UniqueFd& listener) {
    if (listener_path.empty()) throw Error("seccomp listenerPath is not set");
    const auto agent = step("failed to connect with seccomp agent specified in the seccomp profile", [&] {
        return sys::connect_unix(HostPath(listener_path), sys::SocketKind::Stream);
    });
    step(fmt::format("cannot send seccomp fd to {}", listener_path),
         [&] { sys::send_packet(agent, oci::to_json(state), {listener.get()}); });
}

}  // namespace runcxx::seccomp
