// SPDX-License-Identifier: Apache-2.0
// What CRIU wants of the file system that it restores a container in: a mount whose parent is not covered, with every
// mountpoint there. Runs in: runtime, in a mount namespace of its own (sys/mount_namespace.h), so that the host sees
// nothing of it.
#pragma once

#include <string>
#include <vector>

#include "checkpoint/criu_messages.h"
#include "config/container.h"

namespace runcxx::checkpoint {

// Mounts setup.rootfs on `directory`, which exists. Returns where the external mounts of the images come from.
std::vector<ExternalMount> prepare_restore_root(const std::string& directory,
                                                const config::ContainerSetup& setup);

}  // namespace runcxx::checkpoint
