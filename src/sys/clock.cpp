// SPDX-License-Identifier: Apache-2.0
#include "sys/clock.h"

#include <ctime>

#include <fmt/core.h>

#include "base/timestamp.h"

namespace runcxx::sys {

std::string utc_timestamp() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    auto fraction = fmt::format(".{:09}", now.tv_nsec);
    while (fraction.back() == '0')
        fraction.pop_back();
    if (fraction == ".") fraction.clear();
    return utc_text(now.tv_sec) + fraction + "Z";
}

}  // namespace runcxx::sys
