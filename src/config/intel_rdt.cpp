// SPDX-License-Identifier: Apache-2.0
#include "config/intel_rdt.h"

#include "base/text.h"
#include "config/invalid_config.h"

namespace runcxx::config {

void check_intel_rdt(const oci::IntelRdt& asked, const host::Resctrl& resctrl) {
    if (resctrl.path.empty()) throw invalid("intelRdt is specified in config, but Intel RDT is not enabled");
    const auto& name = asked.clos_id;
    if (name == "." || name == ".." || (name.size() > 1 && name.find('/') != std::string::npos))
        throw invalid("invalid intelRdt.ClosID {}", quoted(name));
    if (!asked.l3_cache_schema.empty() && !resctrl.has_cache_allocation)
        throw invalid("intelRdt.l3CacheSchema is specified in config, but Intel RDT/CAT is not enabled");
    if (!asked.mem_bw_schema.empty() && !resctrl.has_bandwidth_allocation)
        throw invalid("intelRdt.memBwSchema is specified in config, but Intel RDT/MBA is not enabled");
}

}  // namespace runcxx::config
