// SPDX-License-Identifier: Apache-2.0
// Everything of the `process` object, for the container's first process and for exec alike.
// Runs in: init.
#pragma once

#include <string>

#include "config/container.h"
#include "init/inherited.h"

namespace runcxx::init {

// The session keyring: before everything else, so that no key of the caller is within reach.
void join_keyring(const config::Init& configuration);

// Tells the runtime that the process is ready and takes over its identity, rights and limits. Returns the
// path of the program to execute. Nothing privileged happens from here on.
std::string set_up_process(config::Init& configuration, Inherited& inherited);

}  // namespace runcxx::init
