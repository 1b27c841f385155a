// SPDX-License-Identifier: Apache-2.0
// The container's unit as systemd is told of it. systemd writes what it was told into the cgroup again whenever it
// likes (daemon-reload), so everything that it has a word for must be said; the rest is written into the files of the
// cgroup only. Pure. Runs in: runtime.
#pragma once

#include <vector>

#include "config/container.h"
#include "oci/spec.h"

namespace runcxx::cgroups::systemd {

using Properties = std::vector<config::SystemdProperty>;

// What decides which words systemd has.
struct Dialect {
    unsigned version = 0;  // 257; 0: unknown, taken for an old one
    bool unified = true;   // cgroup v2
};

// Of a new unit, without its resources and processes: its place, accounting of everything, delegation (a scope), and
// that systemd shall forget it once it has ended, well or not. Properties from annotations come last and so have the
// last word. `slice` is not empty.
Properties unit_properties(const config::SystemdUnit& unit, const std::string& slice,
                           const oci::Resources& resources, const Dialect& dialect);

// What is present in `resources`. systemd counts CPU quotas in whole percents: the quota in `resources` is rounded up
// likewise, so that both write the same. Errors: a list of CPUs or nodes, or a value of `unified`, that is none;
// those of config::swap_limit_v2().
Properties resource_properties(oci::Resources& resources, const Dialect& dialect);

// What takes back `changed`: the values of `before`, and for what it has none, what a new unit has.
Properties restoring_properties(const Properties& changed, const Properties& before);

// DevicePolicy and DeviceAllow of a new unit on cgroup v1, without what systemd has no word for; none on v2.
// Errors: those of DeviceState::of().
Properties device_properties(const std::vector<oci::DeviceCgroup>& rules, const Dialect& dialect);

}  // namespace runcxx::cgroups::systemd
