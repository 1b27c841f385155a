// SPDX-License-Identifier: Apache-2.0
// The last steps: wait for `start`, startContainer hooks, execve.
// Runs in: init.
#pragma once

#include "config/container.h"
#include "init/inherited.h"
#include "init/process_setup.h"

namespace runcxx::init {

// Never returns normally. Errors: those of the hooks, "exec /x: ..." with the cause.
[[noreturn]] void exec_payload(const config::Init& configuration, Inherited& inherited,
                               const std::string& executable);

}  // namespace runcxx::init
