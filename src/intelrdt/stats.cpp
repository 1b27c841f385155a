// SPDX-License-Identifier: Apache-2.0
#include "intelrdt/stats.h"

#include <algorithm>

#include "base/numbers.h"
#include "base/paths.h"
#include "base/text.h"
#include "sys/file.h"

namespace runcxx::intelrdt {
namespace {

std::string read_text(const HostPath& path) {
    return std::string(trim(sys::read_file(path)));
}

// 0 for what is no number ("Unavailable", "Error"), and for a counter that the machine does not have.
std::uint64_t read_number(const HostPath& path) {
    const auto text = sys::try_read_file(path);
    return text ? parse_number<std::uint64_t>(trim(*text)).value_or(0) : 0;
}

std::vector<std::string> read_schemata(const std::string& group) {
    const auto text = read_text(HostPath(group) / "schemata");
    const auto lines = split(text, '\n');
    return {lines.begin(), lines.end()};
}

// The last line that is about a resource: "L3", "MB".
std::string schema_of(const std::vector<std::string>& lines, std::string_view resource) {
    std::string found;
    for (const auto& line : lines)
        if (line.find(resource) != line.npos) found = trim(line);
    return found;
}

bool counts(const std::vector<std::string_view>& features, std::string_view feature) {
    return std::find(features.begin(), features.end(), feature) != features.end();
}

void read_counters(const Group& group, Stats& stats) {
    const auto text = sys::try_read_file(HostPath(group.root) / "info/L3_MON/mon_features");
    if (!text) return;
    const auto features = split(trim(*text), '\n');
    const bool has_bandwidth = counts(features, "mbm_total_bytes") || counts(features, "mbm_local_bytes");
    const bool has_occupancy = counts(features, "llc_occupancy");
    if (!has_bandwidth && !has_occupancy) return;

    const auto data = HostPath(group.monitor_path.empty() ? group.path : group.monitor_path) / "mon_data";
    auto domains = sys::list_dir(data);
    std::sort(domains.begin(), domains.end());
    for (const auto& name : domains) {
        if (!name.starts_with("mon_L3")) continue;
        const auto domain = data / name;
        if (has_bandwidth)
            stats.mbm_stats.push_back(
                {read_number(domain / "mbm_total_bytes"), read_number(domain / "mbm_local_bytes")});
        if (has_occupancy) stats.cmt_stats.push_back({read_number(domain / "llc_occupancy")});
    }
}

}  // namespace

Stats read_stats(const Group& group) {
    Stats stats;
    const auto default_schemata = read_schemata(group.root);
    stats.schemata = read_schemata(group.path);
    if (const auto info = HostPath(group.root) / "info/L3"; sys::exists(info)) {
        stats.l3_cache_info = L3CacheInfo{.cbm_mask = read_text(info / "cbm_mask"),
                                          .min_cbm_bits = read_number(info / "min_cbm_bits"),
                                          .num_closids = read_number(info / "num_closids")};
        stats.l3_cache_schema_root = schema_of(default_schemata, "L3");
        stats.l3_cache_schema = schema_of(stats.schemata, "L3");
    }
    if (const auto info = HostPath(group.root) / "info/MB"; sys::exists(info)) {
        stats.mem_bw_info = MemBwInfo{.bandwidth_gran = read_number(info / "bandwidth_gran"),
                                      .delay_linear = read_number(info / "delay_linear"),
                                      .min_bandwidth = read_number(info / "min_bandwidth"),
                                      .num_closids = read_number(info / "num_closids")};
        stats.mem_bw_schema_root = schema_of(default_schemata, "MB");
        stats.mem_bw_schema = schema_of(stats.schemata, "MB");
    }
    read_counters(group, stats);
    return stats;
}

}  // namespace runcxx::intelrdt
