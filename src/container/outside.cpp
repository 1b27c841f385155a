// SPDX-License-Identifier: Apache-2.0
#include "container/outside.h"

#include "base/error.h"
#include "base/log.h"
#include "sys/child_process.h"
#include "sys/socket.h"

namespace runcxx::container {

Sockets connect_sockets(const std::string& console_socket, const std::string& pidfd_socket) {
    Sockets sockets;
    if (!console_socket.empty())
        sockets.console = sys::connect_unix(HostPath(console_socket), sys::SocketKind::Stream);
    if (!pidfd_socket.empty())
        sockets.pidfd = sys::connect_unix(HostPath(pidfd_socket), sys::SocketKind::Stream);
    return sockets;
}

void become_subreaper(const CreateOptions& options) {
    if (options.no_subreaper) return;
    if (const int error = sys::try_become_subreaper(); error != 0)
        log::warning("cannot become a subreaper: {}", errno_text(error));
}

}  // namespace runcxx::container
