// SPDX-License-Identifier: Apache-2.0
// Skips and deviations, declared by tag. A tag says what a test needs; the tables in requirements.cpp say
// which host or runtime lacks it and why. Skips are printed and counted; with REQUIRE_ALL=1 a skip is a
// failure, unless HOST_LACKS names its tag.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace runcxx::tests {

// "" when the runtime and the host have what `tag` names, else the reason they don't. Unknown tags throw.
std::string missing(const std::string& tag);

// Prints and counts a skip of the running test; throws with REQUIRE_ALL=1.
void report_skip(const std::string& test, const std::string& tag, const std::string& reason);
const std::map<std::string, int>& skips();

}  // namespace runcxx::tests

// First line of a test (in its body, so that it can be conditional): leaves it when something is missing.
#define REQUIRES(tag)                                                                                   \
    do {                                                                                                \
        if (std::string reason_ = ::runcxx::tests::missing(tag); !reason_.empty()) {                    \
            ::runcxx::tests::report_skip(Catch::getResultCapture().getCurrentTestName(), tag, reason_); \
            SUCCEED("skipped: " + reason_);                                                             \
            return;                                                                                     \
        }                                                                                               \
    } while (false)
