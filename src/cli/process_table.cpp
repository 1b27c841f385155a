// SPDX-License-Identifier: Apache-2.0
#include "cli/process_table.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"

namespace runcxx::cli {
namespace {

std::vector<std::string_view> cells_of(std::string_view line) {
    auto cells = split(line, ' ');
    std::erase(cells, std::string_view());
    return cells;
}

// The title stands over its cells only by number: ps aligns some to the left and some to the right.
std::size_t pid_column(std::string_view header) {
    const auto titles = cells_of(header);
    const auto found = std::ranges::find(titles, "PID");
    if (found == titles.end()) throw Error("couldn't find PID field in ps output");
    return static_cast<std::size_t>(std::distance(titles.begin(), found));
}

pid_t pid_of(std::string_view row, std::size_t column) {
    const auto cells = cells_of(row);
    const auto cell = column < cells.size() ? cells[column] : std::string_view();
    const auto pid = parse_number<pid_t>(cell);
    if (!pid) throw Error(fmt::format("unable to parse pid: {}", quoted(cell)));
    return *pid;
}

}  // namespace

std::string process_table(std::string_view ps_output, std::span<const pid_t> pids) {
    const auto lines = split(ps_output, '\n');
    const auto header = lines.empty() ? std::string_view() : lines.front();
    const auto column = pid_column(header);
    auto table = fmt::format("{}\n", header);
    for (std::size_t i = 1; i < lines.size(); ++i)
        if (!lines[i].empty() && std::ranges::binary_search(pids, pid_of(lines[i], column)))
            table.append(lines[i]).push_back('\n');
    return table;
}

}  // namespace runcxx::cli
