// SPDX-License-Identifier: Apache-2.0
#include "config/cpu_list.h"

#include <algorithm>
#include <bit>

#include "base/numbers.h"
#include "base/text.h"
#include "config/invalid_config.h"

namespace runcxx::config {
namespace {

constexpr std::uint32_t kMaxNumber = 65536;

std::uint32_t parse_member(std::string_view text) {
    const auto number = parse_number<std::uint32_t>(text);
    if (!number) {
        const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                         [](char c) { return c >= '0' && c <= '9'; });
        throw invalid("strconv.ParseUint: parsing {}: {}", quoted(text),
                      digits ? "value out of range" : "invalid syntax");
    }
    if (*number > kMaxNumber) throw invalid("values larger than {} are not supported", kMaxNumber);
    return *number;
}

}  // namespace

std::vector<std::uint64_t> parse_cpu_list(std::string_view text) {
    std::vector<std::uint64_t> mask;
    if (text.empty()) return mask;
    for (const auto raw : split(text, ',')) {
        const auto piece = trim(raw);
        if (piece.empty()) continue;
        const auto dash = piece.find('-');
        const auto first = parse_member(piece.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : parse_member(piece.substr(dash + 1));
        if (first > last) throw invalid("invalid range: {}", piece);
        if (mask.size() <= last / 64) mask.resize(last / 64 + 1);
        for (auto each = first; each <= last; ++each)
            mask[each / 64] |= std::uint64_t{1} << (each % 64);
    }
    if (mask.empty()) throw invalid("no members found in set {}", quoted(text));
    return mask;
}

std::size_t count_bits(const std::vector<std::uint64_t>& mask) {
    std::size_t count = 0;
    for (const auto word : mask)
        count += static_cast<std::size_t>(std::popcount(word));
    return count;
}

}  // namespace runcxx::config
