// SPDX-License-Identifier: Apache-2.0
// Any options, one per line: decoding never fails, loses no data option and leaves no flag both set and
// cleared.
#include <linux/mount.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "config/mount_options.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace runcxx;
    oci::Strings options;
    for (const auto line : split({reinterpret_cast<const char*>(data), size}, '\n'))
        options.emplace_back(line);
    const auto result = config::parse_mount_options(options);

    if ((result.flags & result.cleared_flags) != 0) std::abort();
    constexpr std::uint64_t kPropagation = MS_SHARED | MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE;
    if (((result.flags | result.cleared_flags) & kPropagation) != 0) std::abort();
    // mount_setattr(2): never part of the access-time field, never id-mapping by this way.
    const auto access_time = result.recursive_attr_clear & MOUNT_ATTR__ATIME;
    if (access_time != 0 && access_time != MOUNT_ATTR__ATIME) std::abort();
    if ((result.recursive_attr_set & MOUNT_ATTR__ATIME) != 0 && access_time == 0) std::abort();
    if (((result.recursive_attr_set | result.recursive_attr_clear) & MOUNT_ATTR_IDMAP) != 0) std::abort();
    // What is no option is in the data, whole and in order.
    std::size_t position = 0;
    for (const auto& option : options) {
        if (!option.starts_with("x-")) continue;
        position = result.data.find(option, position);
        if (position == std::string::npos) std::abort();
        position += option.size();
    }
    return 0;
}
