// SPDX-License-Identifier: Apache-2.0
// The cgroup of a container as the cgroup of a systemd unit. systemd makes it, around the process that init is going
// to be, limits it and removes it; everything else, and the limits that systemd has no word for, is the file system's
// business. A process is born in the finished unit through the file system too, so `exec` never asks systemd.
// Runs in: runtime.
#pragma once

#include <memory>

#include "cgroups/manager.h"
#include "cgroups/systemd/client.h"

namespace runcxx::cgroups::systemd {

// Where the unit's cgroup will be. Only systemd knows below which cgroup its slices are, so it is asked.
struct Place {
    Paths paths;
    std::unique_ptr<Client> client;
};
// Changes nothing. Errors: "systemd not running on this host, cannot use systemd cgroups manager"; "cannot use rootless
// systemd cgroups manager on cgroup v1"; "cannot reach systemd: ..."; those of compute_paths().
Place find_place(const config::Cgroup& cgroup, const std::string& id, const host::Facts& facts,
                 const Interruption& interruption);
// The same with systemd's answer given. Pure as compute_paths() is.
Paths compute_unit_paths(const config::Cgroup& cgroup, const std::string& id, const host::Facts& facts,
                         const std::string& control_group);

// `files` manages the cgroups of `place` through the file system.
std::unique_ptr<Manager> create_manager(Place place, std::unique_ptr<Manager> files,
                                        const config::Cgroup& cgroup, bool in_user_namespace);
// Asks systemd only for what needs it: set_resources(), remove(). `rootless` tells whose systemd.
std::unique_ptr<Manager> restore_manager(const Paths& paths, std::unique_ptr<Manager> files, bool rootless);

}  // namespace runcxx::cgroups::systemd
