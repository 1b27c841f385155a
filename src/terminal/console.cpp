// SPDX-License-Identifier: Apache-2.0
#include "terminal/console.h"

#include <utility>

#include "base/error.h"
#include "sys/socket.h"

namespace runcxx::terminal {
namespace {

constexpr auto kPtsDirectory = "/dev/pts";
// What receivers get as the name of the fd; go-runc shows it and nothing else.
constexpr auto kMasterName = "/dev/pts/ptmx";

}  // namespace

Console open_console(sys::WindowSize size) {
    Console console;
    console.master = sys::open_pty_master(kPtsDirectory);
    console.slave = sys::open_pty_peer(console.master);
    if (size.rows != 0 && size.columns != 0) {
        if (const int error = sys::try_set_window_size(console.master, size); error != 0)
            throw Error::from_errno(error, "set size of the console");
    }
    return console;
}

void take_console(Console console, const sys::UniqueFd& console_socket) {
    sys::send_packet(console_socket, kMasterName, {console.master.get()});
    console.master.reset();
    for (int stream = 0; stream < 3; ++stream)
        sys::place_at(console.slave, stream);
    sys::make_stdin_controlling_terminal();
}

}  // namespace runcxx::terminal
