// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v2/conversions.h"

#include <cmath>
#include <map>

#include "base/error.h"
#include "cgroups/limit_text.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::cgroups;

TEST_CASE("cpu.shares become the published weights") {
    const std::map<std::uint64_t, std::uint64_t> table{
        {0, 0},      {1, 1},      {2, 1},          {3, 2},          {10, 4},
        {1024, 100}, {2000, 170}, {262143, 10000}, {262144, 10000}, {~0ULL, 10000}};
    for (const auto& [shares, weight] : table) {
        INFO(shares);
        CHECK(v2::weight_of_shares(shares) == weight);
    }
}

TEST_CASE("every cpu.shares value agrees with the formula in long double") {
    std::uint64_t before = 0;
    int wrong = 0;
    long double nearest = 1;
    for (std::uint64_t shares = 3; shares < 262144; ++shares) {
        const long double l = std::log2(static_cast<long double>(shares));
        const long double exact = std::pow(10.0L, (l * l + 125.0L * l) / 612.0L - 7.0L / 34.0L);
        const auto expected = shares == 1024 ? 100 : static_cast<std::uint64_t>(std::ceil(exact));
        const auto weight = v2::weight_of_shares(shares);
        if (weight != expected || weight < before) ++wrong;
        before = weight;
        // The distance that weight_of_shares() relies on.
        if (shares != 1024) nearest = std::min(nearest, std::fabs(exact - std::round(exact)));
    }
    CHECK(wrong == 0);
    CHECK(nearest > 1e-6L);
}

TEST_CASE("blkio weights are stretched to io weights") {
    CHECK(v2::io_weight_of_blkio(0) == 0);
    CHECK(v2::io_weight_of_blkio(5) == 1);
    CHECK(v2::io_weight_of_blkio(10) == 1);
    CHECK(v2::io_weight_of_blkio(500) == 4950);
    CHECK(v2::io_weight_of_blkio(1000) == 10000);
}

TEST_CASE("memory+swap limits become swap limits") {
    using Text = std::optional<std::string>;
    const auto text = [](std::int64_t limit, std::int64_t swap) {
        return v2::swap_max({.limit = limit, .swap = swap});
    };
    CHECK(v2::swap_max({}) == Text{});
    CHECK(text(100, 0) == Text{});
    CHECK(text(-1, 0) == Text{"max"});
    CHECK(text(100, -1) == Text{"max"});
    CHECK(text(0, -1) == Text{"max"});
    CHECK(text(-1, 300) == Text{"300"});
    CHECK(text(100, 300) == Text{"200"});
    CHECK(text(100, 100) == Text{"0"});
    CHECK_THROWS_WITH(text(0, 100), Catch::Contains("unable to set swap limit without memory limit"));
    CHECK_THROWS_WITH(text(-2, 100), Catch::Contains("invalid memory value: -2"));
    CHECK_THROWS_WITH(text(200, 100), Catch::Contains("memory+swap limit should be >= memory limit"));
}

TEST_CASE("texts of control files") {
    CHECK(pids_max(7) == "7");
    CHECK(pids_max(0) == "1");
    CHECK(pids_max(-1) == "max");
    CHECK(device_value(8, 16, 100) == "8:16 100");
    CHECK(device_value(8, 16, 100, "rbps") == "8:16 rbps=100");
    oci::Resources resources;
    resources.rdma["mlx5_1"] = {.hca_handles = 3, .hca_objects = 10000};
    resources.rdma["mlx5_2"] = {.hca_handles = std::nullopt, .hca_objects = 5};
    CHECK(rdma_max(resources) ==
          std::vector<std::string>{"mlx5_1 hca_handle=3 hca_object=10000", "mlx5_2 hca_object=5"});
}
