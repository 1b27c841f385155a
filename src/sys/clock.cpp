// SPDX-License-Identifier: Apache-2.0
#include "sys/clock.h"

#include <chrono>
#include <ctime>

#include <fmt/core.h>

namespace runcxx::sys {

std::string utc_timestamp() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    // Not gmtime(3): it reads /etc/localtime, which has nothing to say about UTC.
    const std::chrono::sys_seconds seconds{std::chrono::seconds(now.tv_sec)};
    const auto day = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(seconds - day);
    auto fraction = fmt::format(".{:09}", now.tv_nsec);
    while (fraction.back() == '0')
        fraction.pop_back();
    if (fraction == ".") fraction.clear();
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count(), fraction);
}

}  // namespace runcxx::sys
