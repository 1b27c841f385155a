// SPDX-License-Identifier: Apache-2.0
#include "sys/scheduling.h"

#include <bit>

#include "support/catch.h"

using namespace runcxx;

TEST_CASE("scheduling: an affinity is read as it was set, and reset to all CPUs", "[sys]") {
    const auto all = sys::cpu_affinity(0);
    REQUIRE_FALSE(all.empty());
    const int first = std::countr_zero(all.front());
    const std::vector<std::uint64_t> one{std::uint64_t{1} << first};
    CHECK(sys::try_set_cpu_affinity(0, one) == 0);
    auto now = sys::cpu_affinity(0);
    CHECK(now.front() == one.front());
    CHECK(sys::try_reset_cpu_affinity(0) == 0);
    now = sys::cpu_affinity(0);
    CHECK(now == all);
}

TEST_CASE("scheduling: a mask without a CPU that there is, is refused", "[sys]") {
    std::vector<std::uint64_t> far(1024);
    far.back() = 1;  // CPU 65472
    CHECK(sys::try_set_cpu_affinity(0, far) != 0);
    CHECK(sys::cpu_affinity(-1).empty());
}
