// SPDX-License-Identifier: Apache-2.0
#include "config/generated_mappings.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/numbers.h"
#include "base/text.h"

namespace runcxx::config {

std::vector<IdRange> parse_subordinate_ids(std::string_view text, std::string_view user_name,
                                           std::uint32_t uid) {
    std::vector<IdRange> ranges;
    for (const auto line : split(text, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() != 3) continue;
        const bool is_his =
            fields[0] == fmt::format("{}", uid) || (!user_name.empty() && fields[0] == user_name);
        const auto first = parse_number<std::uint32_t>(fields[1]);
        const auto count = parse_number<std::uint32_t>(trim(fields[2]));
        if (is_his && first && count && *count > 0) ranges.push_back({*first, *count});
    }
    return ranges;
}

std::string_view user_name(std::string_view passwd, std::uint32_t uid) {
    for (const auto line : split(passwd, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() > 2 && parse_number<std::uint32_t>(fields[2]) == uid) return fields[0];
    }
    return {};
}

IdMappings identity_mappings(const IdMappings& own) {
    IdMappings mappings;
    for (const auto& each : own)
        mappings.push_back({each.container_id, each.container_id, each.size});
    return mappings;
}

IdMappings user_mappings(std::uint32_t own_id, const std::vector<IdRange>& subordinate) {
    IdMappings mappings{{0, own_id, 1}};
    std::uint32_t next = 1;
    for (const auto& range : subordinate) {
        const auto count = std::min(range.count, UINT32_MAX - next);
        if (count == 0) break;
        mappings.push_back({next, range.first, count});
        next += count;
    }
    return mappings;
}

}  // namespace runcxx::config
