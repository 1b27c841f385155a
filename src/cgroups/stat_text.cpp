// SPDX-License-Identifier: Apache-2.0
#include "cgroups/stat_text.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/numbers.h"
#include "base/text.h"

namespace runcxx::cgroups {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
    auto words = split(trim(line), ' ');
    std::erase(words, std::string_view());
    return words;
}

// "name=value"; two empty pieces when it is not.
std::pair<std::string_view, std::string_view> assignment(std::string_view word) {
    const auto equals = word.find('=');
    if (equals == word.npos) return {};
    return {word.substr(0, equals), word.substr(equals + 1)};
}

struct Device {
    std::uint64_t major = 0, minor = 0;
};

std::optional<Device> parse_device(std::string_view word) {
    const auto colon = word.find(':');
    if (colon == word.npos) return std::nullopt;
    const auto major = parse_number<std::uint64_t>(word.substr(0, colon));
    const auto minor = parse_number<std::uint64_t>(word.substr(colon + 1));
    if (!major || !minor) return std::nullopt;
    return Device{*major, *minor};
}

// "12.34", as the kernel writes percentages: never with an exponent or a sign.
double parse_percentage(std::string_view text) {
    const auto point = std::min(text.find('.'), text.size());
    const auto fraction = text.substr(std::min(point + 1, text.size()));
    double scale = 1;
    for (std::size_t i = 0; i < fraction.size(); ++i)
        scale *= 10;
    const auto digits = std::string(text.substr(0, point)) + std::string(fraction);
    // One division, so that the result is the double that is nearest to the text.
    return static_cast<double>(parse_number<std::uint64_t>(digits).value_or(0)) / scale;
}

PressureLine parse_pressure_line(const std::vector<std::string_view>& words) {
    PressureLine line;
    for (const auto word : words) {
        const auto [name, value] = assignment(word);
        if (name == "avg10") line.avg10 = parse_percentage(value);
        if (name == "avg60") line.avg60 = parse_percentage(value);
        if (name == "avg300") line.avg300 = parse_percentage(value);
        if (name == "total") line.total = parse_count(value).value_or(0);
    }
    return line;
}

struct IoField {
    const char* op;
    BlkioEntries BlkioStats::*list;
};

constexpr Named<IoField> kIoFields[] = {
    {"rbytes", {"Read", &BlkioStats::io_service_bytes}},
    {"wbytes", {"Write", &BlkioStats::io_service_bytes}},
    {"dbytes", {"Discard", &BlkioStats::io_service_bytes}},
    {"rios", {"Read", &BlkioStats::io_serviced}},
    {"wios", {"Write", &BlkioStats::io_serviced}},
    {"dios", {"Discard", &BlkioStats::io_serviced}},
};

}  // namespace

std::optional<std::uint64_t> parse_count(std::string_view text) {
    const auto word = trim(text);
    if (word == "max") return std::numeric_limits<std::uint64_t>::max();
    return parse_number<std::uint64_t>(word);
}

std::vector<std::uint64_t> parse_counts(std::string_view text) {
    std::vector<std::uint64_t> counts;
    for (const auto word : words_of(text))
        if (const auto count = parse_count(word)) counts.push_back(*count);
    return counts;
}

Counters parse_counters(std::string_view text) {
    Counters counters;
    for (const auto line : split(text, '\n')) {
        const auto words = words_of(line);
        const auto value = words.size() == 2 ? parse_count(words[1]) : std::nullopt;
        if (value) counters.emplace(words[0], *value);
    }
    return counters;
}

std::uint64_t counter(const Counters& counters, std::string_view name) {
    const auto found = counters.find(std::string(name));
    return found == counters.end() ? 0 : found->second;
}

std::vector<std::uint16_t> parse_number_list(std::string_view text) {
    std::vector<std::uint16_t> numbers;
    for (const auto piece : split(trim(text), ',')) {
        const auto dash = std::min(piece.find('-'), piece.size());
        const auto first = parse_number<std::uint16_t>(piece.substr(0, dash));
        const auto last = dash == piece.size() ? first : parse_number<std::uint16_t>(piece.substr(dash + 1));
        if (!first || !last) continue;
        for (unsigned number = *first; number <= *last; ++number)
            numbers.push_back(static_cast<std::uint16_t>(number));
    }
    return numbers;
}

Pressure parse_pressure(std::string_view text) {
    Pressure pressure;
    for (const auto line : split(text, '\n')) {
        const auto words = words_of(line);
        if (words.empty()) continue;
        if (words[0] == "some") pressure.some = unless_zero(parse_pressure_line(words));
        if (words[0] == "full") pressure.full = unless_zero(parse_pressure_line(words));
    }
    return pressure;
}

BlkioEntries parse_blkio(std::string_view text) {
    BlkioEntries entries;
    for (const auto line : split(text, '\n')) {
        const auto words = words_of(line);
        if (words.size() != 2 && words.size() != 3) continue;
        const auto device = parse_device(words[0]);
        const auto value = parse_count(words.back());
        if (!device || !value) continue;
        const auto op = words.size() == 3 ? words[1] : std::string_view();
        entries.push_back({device->major, device->minor, std::string(op), *value});
    }
    return entries;
}

void parse_io_stat(std::string_view text, BlkioStats& stats) {
    for (const auto line : split(text, '\n')) {
        const auto words = words_of(line);
        const auto device = words.empty() ? std::nullopt : parse_device(words[0]);
        if (!device) continue;
        for (const auto word : words) {
            const auto [name, text_of_value] = assignment(word);
            const auto field = find_value(kIoFields, name);
            const auto value = parse_count(text_of_value);
            if (field && value)
                (stats.*field->list).push_back({device->major, device->minor, field->op, *value});
        }
    }
}

std::vector<std::string> huge_page_sizes(const std::vector<std::string>& names) {
    constexpr std::string_view kPrefix = "hugetlb.";
    std::vector<std::string> sizes;
    for (const auto& name : names) {
        if (!name.starts_with(kPrefix)) continue;
        auto size = name.substr(kPrefix.size());
        size.erase(std::min(size.find('.'), size.size()));
        if (std::ranges::find(sizes, size) == sizes.end()) sizes.push_back(std::move(size));
    }
    std::ranges::sort(sizes);
    return sizes;
}

}  // namespace runcxx::cgroups
