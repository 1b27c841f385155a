// SPDX-License-Identifier: Apache-2.0
// Decisions about linux.rootfsPropagation. Runs in: init. Must not: issue a syscall.
#pragma once

#include <sys/mount.h>

#include <cstdint>

#include "config/container.h"

namespace runcxx::rootfs {

// What "/" of the new mount namespace is set to first.
inline std::uint64_t root_propagation(const config::ContainerSetup& setup) {
    return setup.rootfs_propagation != 0 ? setup.rootfs_propagation : std::uint64_t{MS_SLAVE | MS_REC};
}

// After "/" was set to it, no mount of the namespace sends events to the host any more.
inline bool leaves_nothing_shared(std::uint64_t propagation) {
    return (propagation & MS_REC) != 0 && (propagation & (MS_SLAVE | MS_PRIVATE)) != 0;
}

// Shared and unbindable are for the container's "/", once it is "/".
inline bool is_for_final_root(std::uint64_t propagation) {
    return propagation != 0 && (propagation & (MS_SLAVE | MS_PRIVATE)) == 0;
}

}  // namespace runcxx::rootfs
