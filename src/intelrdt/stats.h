// SPDX-License-Identifier: Apache-2.0
// What resctrl tells of a container's groups, under the names by which `events` prints it (runc's types.IntelRdt).
// Runs in: runtime.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "intelrdt/group.h"
#include "oci/fields.h"

namespace runcxx::intelrdt {

struct L3CacheInfo {
    std::string cbm_mask;  // capacity bit mask, hexadecimal
    std::uint64_t min_cbm_bits = 0;
    std::uint64_t num_closids = 0;
};

struct MemBwInfo {  // percent
    std::uint64_t bandwidth_gran = 0;
    std::uint64_t delay_linear = 0;
    std::uint64_t min_bandwidth = 0;
    std::uint64_t num_closids = 0;
};

struct MbmStats {  // bytes since the group was made; one per cache domain, as CmtStats
    std::uint64_t mbm_total_bytes = 0;
    std::uint64_t mbm_local_bytes = 0;
};

struct CmtStats {
    std::uint64_t llc_occupancy = 0;  // bytes of the last-level cache
};

struct Stats {
    std::optional<L3CacheInfo> l3_cache_info;
    std::string l3_cache_schema_root;  // of the default group
    std::string l3_cache_schema;       // of the container's
    std::optional<MemBwInfo> mem_bw_info;
    std::string mem_bw_schema_root;
    std::string mem_bw_schema;
    std::vector<std::string> schemata;  // every line of the container's
    std::vector<MbmStats> mbm_stats;
    std::vector<CmtStats> cmt_stats;
};

// What this machine can neither allocate nor count is left out; a counter that is not available is 0. The counters are
// those of the monitoring group if there is one, else of the control group, which others may share. Errors: a file of
// the group is gone or cannot be read.
Stats read_stats(const Group& group);

template <oci::FieldsOf<L3CacheInfo> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("cbm_mask", self.cbm_mask);
    v("min_cbm_bits", self.min_cbm_bits);
    v("num_closids", self.num_closids);
}

template <oci::FieldsOf<MemBwInfo> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("bandwidth_gran", self.bandwidth_gran);
    v("delay_linear", self.delay_linear);
    v("min_bandwidth", self.min_bandwidth);
    v("num_closids", self.num_closids);
}

template <oci::FieldsOf<MbmStats> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(oci::always("mbm_total_bytes"), self.mbm_total_bytes);
    v(oci::always("mbm_local_bytes"), self.mbm_local_bytes);
}

template <oci::FieldsOf<CmtStats> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(oci::always("llc_occupancy"), self.llc_occupancy);
}

template <oci::FieldsOf<Stats> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("l3_cache_info", self.l3_cache_info);
    v("l3_cache_schema_root", self.l3_cache_schema_root);
    v("l3_cache_schema", self.l3_cache_schema);
    v("mem_bw_info", self.mem_bw_info);
    v("mem_bw_schema_root", self.mem_bw_schema_root);
    v("mem_bw_schema", self.mem_bw_schema);
    v("schemata", self.schemata);
    v("mbm_stats", self.mbm_stats);
    v("cmt_stats", self.cmt_stats);
}

}  // namespace runcxx::intelrdt
