// SPDX-License-Identifier: Apache-2.0
#include "init/inherited.h"

#include <cstdlib>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"
#include "runcxx/bootstrap_wire.h"

namespace runcxx::init {
namespace {

sys::UniqueFd take_optional(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) return {};
    const auto number = parse_number<int>(value);
    if (!number || *number < 3 || !sys::try_set_cloexec(*number))
        throw Error(fmt::format("init: {}={} is not the number of an open file descriptor above 2", name,
                                quoted(value)));
    return sys::UniqueFd(*number);
}

sys::UniqueFd take(const char* name) {
    auto fd = take_optional(name);
    if (!fd)
        throw Error(
            fmt::format("init is an internal command of runcxx: it is started by create, run and exec, which "
                        "set {} (see docs/architecture.md)",
                        name));
    return fd;
}

void clear_environment() {
#ifndef NDEBUG
    const char* stop_at = std::getenv("RUNCXX_STOP_AT");  // base/step.h
    const std::string kept = stop_at == nullptr ? "" : stop_at;
    ::clearenv();
    if (!kept.empty()) ::setenv("RUNCXX_STOP_AT", kept.c_str(), 1);
#else
    ::clearenv();
#endif
}

}  // namespace

Inherited take_over() {
    Inherited inherited;
    inherited.log_pipe = take_optional(RUNCXX_ENV_LOGPIPE);
    inherited.init_pipe = take(RUNCXX_ENV_INITPIPE);
    inherited.channel = sync::Channel(take(RUNCXX_ENV_SYNCPIPE));
    inherited.exec_fifo = take_optional(RUNCXX_ENV_FIFOFD);
    inherited.console_socket = take_optional(RUNCXX_ENV_CONSOLE);
    inherited.pidfd_socket = take_optional(RUNCXX_ENV_PIDFD_SOCK);
    inherited.hook_out = take_optional(RUNCXX_ENV_HOOK_STDOUT);
    inherited.hook_err = take_optional(RUNCXX_ENV_HOOK_STDERR);
    clear_environment();
    return inherited;
}

}  // namespace runcxx::init
