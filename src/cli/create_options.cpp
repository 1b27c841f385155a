// SPDX-License-Identifier: Apache-2.0
#include "cli/create_options.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "cli/arguments.h"
#include "cli/global_options.h"
#include "sys/child_process.h"
#include "sys/environment.h"

namespace runcxx::cli {
namespace {

// sd_listen_fds(3): fds for us only when LISTEN_PID says so. Judged by what the caller had open, not by what
// is open now: one of ours must not take the place of a missing one, and end up in the container.
std::uint32_t listen_fds(int first_free_fd) {
    const auto pid = sys::environment_variable("LISTEN_PID");
    const auto count = sys::environment_variable("LISTEN_FDS");
    if (!pid || !count || parse_number<pid_t>(*pid) != sys::own_pid()) return 0;
    const auto passed = parse_number<std::uint32_t>(*count).value_or(0);
    if (passed > static_cast<std::uint32_t>(first_free_fd - 3))
        throw Error(Error::Kind::InvalidConfig,
                    fmt::format("LISTEN_FDS={} but file descriptor {} is not open", passed, first_free_fd));
    return passed;
}

}  // namespace

std::uint32_t preserved_fds(const Invocation& invocation, std::uint32_t listen_fds) {
    const auto count = invocation.arguments.number("preserve-fds");
    const int first_free_fd = invocation.first_free_fd;
    if (count == 0) return 0;
    if (count < 0 || count > std::numeric_limits<std::int32_t>::max() - 3)
        throw Error(Error::Kind::InvalidConfig, fmt::format("invalid number of file descriptors: {}", count));
    const std::int64_t first = 3 + std::int64_t{listen_fds};
    if (first + count > first_free_fd) {
        const auto missing = std::max<std::int64_t>(first, first_free_fd);
        throw Error::from_errno(ENOENT,
                                fmt::format("unable to stat preserved-fd {} (of {}): stat /proc/self/fd/{}",
                                            missing - first, count, missing));
    }
    return static_cast<std::uint32_t>(count);
}

container::CreateOptions to_common_options(const Invocation& invocation) {
    const auto& arguments = invocation.arguments;
    const auto& globals = invocation.globals;
    container::CreateOptions options;
    options.id = arguments.id();
    options.root = globals.root;
    options.bundle = arguments.text("bundle");
    options.console_socket = arguments.text("console-socket");
    options.pid_file = arguments.text("pid-file");
    options.no_pivot = arguments.flag("no-pivot");
    options.no_subreaper = arguments.flag("no-subreaper");
    globals.check_cgroup_manager();
    options.systemd_cgroup = globals.cgroup_manager == kSystemdManager;
    options.no_cgroup = globals.cgroup_manager == kDisabledManager;
    options.rootless = globals.rootless_cgroups();
    return options;
}

container::CreateOptions to_create_options(const Invocation& invocation) {
    const auto& arguments = invocation.arguments;
    auto options = to_common_options(invocation);
    options.config_file = arguments.text("config");
    options.pidfd_socket = arguments.text("pidfd-socket");
    options.no_new_keyring = arguments.flag("no-new-keyring");
    options.listen_fds = listen_fds(invocation.first_free_fd);
    options.preserve_fds = preserved_fds(invocation, options.listen_fds);
    return options;
}

}  // namespace runcxx::cli
