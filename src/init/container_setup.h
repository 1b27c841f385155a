// SPDX-License-Identifier: Apache-2.0
// Everything of the configuration outside the `process` object: network, rootfs, mounts, devices, hooks,
// names. Runs in: init, for create and run only.
#pragma once

#include "config/container.h"
#include "init/inherited.h"

namespace runcxx::init {

// From here on (on return) "/" is the container's, and what must be read-only or masked is.
void set_up_container(const config::Init& configuration, Inherited& inherited);

}  // namespace runcxx::init
