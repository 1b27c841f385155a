// SPDX-License-Identifier: Apache-2.0
#include "sys/clock.h"

#include <ctime>

#include <fmt/core.h>

namespace runcxx::sys {

std::string utc_timestamp() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    std::tm tm{};
    ::gmtime_r(&now.tv_sec, &tm);
    auto fraction = fmt::format(".{:09}", now.tv_nsec);
    while (fraction.back() == '0')
        fraction.pop_back();
    if (fraction == ".") fraction.clear();
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                       tm.tm_hour, tm.tm_min, tm.tm_sec, fraction);
}

}  // namespace runcxx::sys
