// SPDX-License-Identifier: Apache-2.0
#include "cli/container_table.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <fmt/core.h>

namespace runcxx::cli {
namespace {

constexpr std::size_t kColumns = 6;
using Row = std::array<std::string, kColumns>;

// Characters, not bytes, of UTF-8.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace

std::string container_table(std::span<const oci::RuntimeState> containers) {
    std::vector<Row> rows{{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
    for (const auto& it : containers)
        rows.push_back({it.id, fmt::format("{}", it.pid), it.status, it.bundle, it.created, it.owner});

    std::array<std::size_t, kColumns> widths{};
    widths.fill(12);
    for (const auto& row : rows)
        for (std::size_t i = 0; i < kColumns; ++i)
            widths[i] = std::max(widths[i], width_of(row[i]) + 3);

    std::string text;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i + 1 < kColumns; ++i)
            text.append(row[i]).append(widths[i] - width_of(row[i]), ' ');
        text.append(row.back()).push_back('\n');
    }
    return text;
}

}  // namespace runcxx::cli
