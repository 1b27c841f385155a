// SPDX-License-Identifier: Apache-2.0
#include "container/boot_id.h"

#include "base/text.h"
#include "sys/file.h"

namespace runcxx::container {

std::string current_boot_id() {
    return std::string(trim(sys::read_file(HostPath("/proc/sys/kernel/random/boot_id"))));
}

}  // namespace runcxx::container
