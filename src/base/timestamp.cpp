// SPDX-License-Identifier: Apache-2.0
#include "base/timestamp.h"

#include <chrono>

#include <fmt/core.h>

namespace runcxx {

std::string utc_text(long long unix_seconds) {
    const std::chrono::sys_seconds seconds{std::chrono::seconds(unix_seconds)};
    const auto day = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(seconds - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace runcxx
