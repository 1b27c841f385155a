// SPDX-License-Identifier: Apache-2.0
// The config.json that `spec` writes: a shell in an ordinary container, to be edited.
// Runs in: runtime. Must not look at the host: the caller does.
#pragma once

#include <cstdint>

#include "oci/spec.h"

namespace runcxx::oci {

// rootless: for an unprivileged user; adds a user namespace in which root is `uid`:`gid` (of the caller), and
// leaves out what such a user may not have. cgroup2: the host has only cgroup v2, so a cgroup namespace is
// worth having.
Spec default_spec(bool rootless, bool cgroup2, std::uint32_t uid, std::uint32_t gid);

}  // namespace runcxx::oci
