// SPDX-License-Identifier: Apache-2.0
// What `update` asks for: from its options to oci::Resources that hold only what was named, and what a container
// then has. Runs in: runtime. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "oci/spec.h"

namespace runcxx::config {

// One option of the command line as it was given: "cpu-quota", "20000".
struct ResourceFlag {
    std::string_view name;
    std::string value;
};

// An empty value is the same as none. Errors: InvalidConfig `invalid value for NAME: <why>`, in Go's words. Names
// that are no resource are a mistake in this program: "no resource option NAME".
oci::Resources resources_of_flags(std::span<const ResourceFlag> flags);

// Makes a request consistent, as runc does: unlimited memory drops the old limit of memory and swap unless
// one is named, and a change of cpu.idle the old shares.
void complete_update(oci::Resources& named);

// What is in force after `named` was applied to a container that had `before` (contract 6.6): what is not named
// stays, block devices by their numbers, but for cpu burst, idle, cpus, mems, pids and unified. Those are
// forgotten, as in runc, though the kernel keeps them. Device rules never change.
oci::Resources merge_resources(const oci::Resources& before, const oci::Resources& named);

}  // namespace runcxx::config
