// SPDX-License-Identifier: Apache-2.0
// Why processes of a cgroup were OOM-killed: which limit was hit, its own or that of a cgroup above. Runs in: runtime.
#pragma once

#include <string>

#include "cgroups/directory.h"

namespace runcxx::cgroups {

// The files that tell it; v1: of the memory hierarchy.
struct MemoryFiles {
    const char* limit;
    // Where the kernel counts how often the limit was hit, and the key in that file ("": it is one number). The second
    // one is for kernels that lack the first.
    const char* hits[2];
    const char* key;
};
inline constexpr MemoryFiles kMemoryFilesV1{
    "memory.limit_in_bytes", {"memory.failcnt", "memory.failcnt"}, ""};
// memory.events counts what happened below, too; memory.events.local (Linux 5.2) does not.
inline constexpr MemoryFiles kMemoryFilesV2{"memory.max", {"memory.events.local", "memory.events"}, "oom"};

// What a start takes inside the container's cgroup: about 450 KiB on x86-64, and the kernel charges in batches of up to
// 256 KiB per CPU.
inline constexpr std::uint64_t kMemoryToStart = 1 << 20;

// One sentence with the limit, its file and the knob: the container's own limit, else the nearest above that was hit, else
// that the host ran out of memory. `path`: the container's directory. Never throws.
std::string oom_cause(const Root& root, const std::string& path, const MemoryFiles& files) noexcept;

}  // namespace runcxx::cgroups
