// SPDX-License-Identifier: Apache-2.0
#include "config/id_mappings.h"

#include <sched.h>

#include <iterator>

#include "base/numbers.h"
#include "base/text.h"
#include "config/invalid_config.h"

namespace runcxx::config {
namespace {

std::uint32_t host_id(std::uint32_t id, const Namespaces& namespaces, const IdMappings& mappings,
                      std::string_view kind) {
    if (!namespaces.has(CLONE_NEWUSER)) return id;
    if (mappings.empty()) throw invalid("user namespaces enabled, but no {} mappings found", kind);
    if (const auto found = to_host_id(id, mappings)) return *found;
    throw invalid("user namespaces enabled, but no mapping found for {} {}", kind, id);
}

// "0-100-10" or "@0-0-10".
oci::IdMapping parse_triple(std::string_view text, const IdMappings& container) {
    const auto fail = [&](std::string_view reason) {
        return invalid("invalid id mapping {} of a mount: {}", quoted(text), reason);
    };
    const bool is_relative = text.starts_with('@');
    const auto words = split(is_relative ? text.substr(1) : text, '-');
    std::uint32_t numbers[3] = {};
    if (words.size() != std::size(numbers)) throw fail("three numbers are wanted, as in 0-100000-65536");
    for (std::size_t i = 0; i < std::size(numbers); ++i) {
        const auto number = parse_number<std::uint32_t>(words[i]);
        if (!number) throw fail("three numbers are wanted, as in 0-100000-65536");
        numbers[i] = *number;
    }
    oci::IdMapping mapping{numbers[0], numbers[1], numbers[2]};
    if (is_relative) {
        const auto host = to_host_id(mapping.host_id, container);
        if (!host) throw fail("the container's user namespace does not map it");
        mapping.host_id = *host;
    }
    return mapping;
}

}  // namespace

InlineMaps parse_inline_maps(std::string_view text, const IdMappings& container_uids,
                             const IdMappings& container_gids) {
    InlineMaps maps;
    for (const auto part : split(text, ';')) {
        const auto equals = part.find('=');
        const auto name = part.substr(0, equals);
        if (equals == part.npos || (name != "uids" && name != "gids"))
            throw invalid("invalid id mapping {} of a mount: uids=... or gids=... is wanted", quoted(part));
        const bool is_uids = name == "uids";
        for (const auto triple : split(part.substr(equals + 1), '#'))
            (is_uids ? maps.uids : maps.gids)
                .push_back(parse_triple(triple, is_uids ? container_uids : container_gids));
    }
    return maps;
}

std::optional<std::uint32_t> to_host_id(std::uint32_t container_id, const IdMappings& mappings) {
    for (const auto& each : mappings) {
        if (container_id < each.container_id || container_id - each.container_id >= each.size) continue;
        const std::uint64_t host = std::uint64_t{each.host_id} + (container_id - each.container_id);
        if (host < UINT32_MAX) return static_cast<std::uint32_t>(host);  // the last value is "no id"
    }
    return std::nullopt;
}

std::uint32_t host_uid(std::uint32_t uid, const Namespaces& namespaces, const IdMappings& uid_mappings) {
    return host_id(uid, namespaces, uid_mappings, "uid");
}

std::uint32_t host_gid(std::uint32_t gid, const Namespaces& namespaces, const IdMappings& gid_mappings) {
    return host_id(gid, namespaces, gid_mappings, "gid");
}

std::string mappings_text(const IdMappings& mappings) {
    std::string text;
    for (const auto& each : mappings)
        text += fmt::format("{} {} {}\n", each.container_id, each.host_id, each.size);
    return text;
}

IdMappings parse_mappings(std::string_view text) {
    IdMappings result;
    for (const auto line : split(text, '\n')) {
        std::vector<std::uint32_t> columns;
        bool good = true;
        for (const auto word : split(line, ' ')) {
            if (word.empty()) continue;
            const auto number = parse_number<std::uint32_t>(word);
            good = good && number.has_value();
            columns.push_back(number.value_or(0));
        }
        if (columns.empty()) continue;
        if (!good || columns.size() != 3)
            throw Error(fmt::format("parsing id map failed: invalid format in line {}", quoted(line)));
        result.push_back({columns[0], columns[1], columns[2]});
    }
    return result;
}

bool needs_mapping_tool(const IdMappings& gid_mappings, std::uint32_t effective_gid) {
    return gid_mappings != IdMappings{{0, effective_gid, 1}};
}

}  // namespace runcxx::config
