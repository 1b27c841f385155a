// SPDX-License-Identifier: Apache-2.0
#include "intelrdt/stats.h"

#include "base/error.h"
#include "oci/json_value.h"
#include "unit/intelrdt/fake_resctrl.h"

using namespace runcxx;
using namespace runcxx::intelrdt;
using runcxx::tests::FakeResctrl;
namespace fs = std::filesystem;

namespace {

void put(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    FakeResctrl::put(path, text);
}

}  // namespace

TEST_CASE("intelRdt stats: what the machine and the groups have, under runc's names", "[intelrdt]") {
    const FakeResctrl resctrl;
    put(resctrl / "info/L3/cbm_mask", "fff\n");
    put(resctrl / "info/L3/min_cbm_bits", "2\n");
    put(resctrl / "info/L3/num_closids", "16\n");
    put(resctrl / "info/MB/bandwidth_gran", "10\n");
    put(resctrl / "info/MB/delay_linear", "1\n");
    put(resctrl / "info/MB/min_bandwidth", "10\n");
    put(resctrl / "info/MB/num_closids", "8\n");
    put(resctrl / "info/L3_MON/mon_features", "llc_occupancy\nmbm_total_bytes\nmbm_local_bytes\n");
    put(resctrl / "schemata", "    L3:0=fff;1=fff\n    MB:0=100;1=100\n");
    put(resctrl / "box/schemata", "    L3:0=f;1=f0\n    MB:0=20;1=70\n");
    const auto monitor = resctrl / "box/mon_groups/box";
    put(monitor / "mon_data/mon_L3_01/mbm_total_bytes", "Unavailable\n");
    put(monitor / "mon_data/mon_L3_01/mbm_local_bytes", "4\n");
    put(monitor / "mon_data/mon_L3_01/llc_occupancy", "5\n");
    put(monitor / "mon_data/mon_L3_00/mbm_total_bytes", "1\n");
    put(monitor / "mon_data/mon_L3_00/mbm_local_bytes", "2\n");
    put(monitor / "mon_data/mon_L3_00/llc_occupancy", "3\n");
    put(monitor / "mon_data/mon_PERF_PKG_00/energy", "7\n");

    const auto group = find_group({.enable_monitoring = true}, "box", resctrl.root());
    CHECK(
        oci::to_json(read_stats(group)) ==
        R"({"l3_cache_info":{"cbm_mask":"fff","min_cbm_bits":2,"num_closids":16},)"
        R"("l3_cache_schema_root":"L3:0=fff;1=fff","l3_cache_schema":"L3:0=f;1=f0",)"
        R"("mem_bw_info":{"bandwidth_gran":10,"delay_linear":1,"min_bandwidth":10,"num_closids":8},)"
        R"("mem_bw_schema_root":"MB:0=100;1=100","mem_bw_schema":"MB:0=20;1=70",)"
        R"("schemata":["L3:0=f;1=f0","    MB:0=20;1=70"],)"
        R"("mbm_stats":[{"mbm_total_bytes":1,"mbm_local_bytes":2},{"mbm_total_bytes":0,"mbm_local_bytes":4}],)"
        R"("cmt_stats":[{"llc_occupancy":3},{"llc_occupancy":5}]})");
}

TEST_CASE("intelRdt stats: without a monitoring group the control group is counted", "[intelrdt]") {
    const FakeResctrl resctrl;
    put(resctrl / "info/L3_MON/mon_features", "llc_occupancy\n");
    put(resctrl / "box/schemata", "MB:0=20\n");
    put(resctrl / "box/mon_data/mon_L3_00/llc_occupancy", "3\n");
    const auto group = find_group({}, "box", resctrl.root());
    CHECK(oci::to_json(read_stats(group)) == R"({"schemata":["MB:0=20"],"cmt_stats":[{"llc_occupancy":3}]})");
}

TEST_CASE("intelRdt stats: a machine that counts nothing has no counters", "[intelrdt]") {
    const FakeResctrl resctrl;
    put(resctrl / "box/schemata", "L3:0=f\n");
    const auto group = find_group({}, "box", resctrl.root());
    CHECK(oci::to_json(read_stats(group)) == R"({"schemata":["L3:0=f"]})");
    fs::remove(resctrl / "box/schemata");
    CHECK_THROWS_AS(read_stats(group), Error);
}
