// SPDX-License-Identifier: Apache-2.0
#include "container/boot_id.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "sys/file.h"

namespace runcxx::container {

std::string current_boot_id() {
    const HostPath path("/proc/sys/kernel/random/boot_id");
    if (const auto id = sys::try_read_file(path)) return std::string(trim(*id));
    // A procfs of processes only (subset=pid) does not have it; who asks again sees the same.
    if (!sys::exists(path)) return "unknown";
    throw Error(fmt::format("read {}", path.str()));
}

}  // namespace runcxx::container
