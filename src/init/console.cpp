// SPDX-License-Identifier: Apache-2.0
#include "init/console.h"

#include "rootfs/rootfs.h"
#include "terminal/console.h"

namespace runcxx::init {

void set_up_console(const config::ProcessSetup& setup, const sys::UniqueFd& console_socket,
                    bool on_dev_console) {
    auto console = terminal::open_console({setup.console_rows, setup.console_columns});
    if (on_dev_console) rootfs::mount_console(console.slave);
    terminal::take_console(std::move(console), console_socket);
}

}  // namespace runcxx::init
