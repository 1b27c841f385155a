// SPDX-License-Identifier: Apache-2.0
// What one controller adds to the statistics of a container. One file per controller under v1/ and v2/, one row
// in v1/meters.cpp or v2/meters.cpp. Files that are missing are passed over: kernels differ. Runs in: runtime.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cgroups/directory.h"
#include "cgroups/stats.h"

namespace runcxx::cgroups {

struct Meter {
    std::string_view controller;  // v1: whose directory is looked at
    void (*read)(const Directory& directory, Stats& stats);
};

std::span<const Meter* const> v1_meters();
std::span<const Meter* const> v2_meters();
// The same on both versions: pids.current and its neighbours; where there is no such controller the processes are
// counted.
void read_pids(const Directory& directory, Stats& stats);
// cpu.pressure, memory.pressure and io.pressure of a cgroup2 directory.
void read_pressures(const Directory& directory, Stats& stats);

// The text of a control file, or the number in it ("max": all bits); nullopt when there is no such file, when the
// kernel does not keep it (EOPNOTSUPP), and when the cgroup is gone. Throws for other errors.
std::optional<std::string> text_if_there(const Directory& directory, const std::string& name);
std::optional<std::uint64_t> number_if_there(const Directory& directory, const std::string& name);

}  // namespace runcxx::cgroups
