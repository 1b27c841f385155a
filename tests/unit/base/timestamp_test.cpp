// SPDX-License-Identifier: Apache-2.0
#include "base/timestamp.h"

#include "support/catch.h"

using namespace runcxx;

TEST_CASE("timestamp: seconds are a date and a time in UTC", "[base][timestamp]") {
    CHECK(utc_text(0) == "1970-01-01T00:00:00");
    CHECK(utc_text(951'782'400) == "2000-02-29T00:00:00");
    CHECK(utc_text(1'700'000'000) == "2023-11-14T22:13:20");
    CHECK(utc_text(4'102'444'799) == "2099-12-31T23:59:59");
}
