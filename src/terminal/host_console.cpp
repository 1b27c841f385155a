// SPDX-License-Identifier: Apache-2.0
#include "terminal/host_console.h"

#include <fcntl.h>

#include <fmt/core.h>

#include "base/error.h"
#include "sys/file.h"
#include "sys/socket.h"

namespace runcxx::terminal {

ConsoleReceiver::ConsoleReceiver() {
    auto pair = sys::make_socket_pair(sys::SocketKind::Stream);
    runtime_end_ = std::move(pair.runtime_end);
    init_end_ = std::move(pair.init_end);
}

sys::UniqueFd ConsoleReceiver::receive() {
    auto packet = sys::receive_from_stream(runtime_end_);
    if (!packet) throw Error("console socket: closed before a terminal came");
    if (packet->fds.size() != 1)
        throw Error(
            fmt::format("console socket: got {} file descriptors instead of one", packet->fds.size()));
    if (!sys::is_terminal(packet->fds.front())) throw Error("console socket: what came is no terminal");
    runtime_end_.reset();
    return std::move(packet->fds.front());
}

HostConsole HostConsole::open() {
    for (const int number : {2, 1, 0})
        if (sys::is_terminal_number(number)) return HostConsole(sys::duplicate_inherited(number));
    return HostConsole(sys::open_file(HostPath("/dev/tty"), O_RDWR | O_NOCTTY));
}

}  // namespace runcxx::terminal
