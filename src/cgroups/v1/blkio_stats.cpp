// SPDX-License-Identifier: Apache-2.0
// Which files there are depends on the scheduler and on the kernel's age. The first group whose first file is
// there is taken; groups differ in what they count.
#include <span>
#include <string>

#include "base/text.h"
#include "cgroups/meter.h"
#include "cgroups/stat_text.h"

namespace runcxx::cgroups::v1 {
namespace {

using List = BlkioEntries BlkioStats::*;

constexpr Named<List> kBasic[] = {{"io_serviced", &BlkioStats::io_serviced},
                                  {"io_service_bytes", &BlkioStats::io_service_bytes}};
constexpr Named<List> kAll[] = {
    {"sectors", &BlkioStats::sectors},           {"io_service_time", &BlkioStats::io_service_time},
    {"io_wait_time", &BlkioStats::io_wait_time}, {"io_merged", &BlkioStats::io_merged},
    {"io_queued", &BlkioStats::io_queued},       {"time", &BlkioStats::io_time},
    {"io_serviced", &BlkioStats::io_serviced},   {"io_service_bytes", &BlkioStats::io_service_bytes}};

struct Group {
    std::string_view prefix, suffix;
    std::span<const Named<List>> files;
};

constexpr Group kGroups[] = {
    {"blkio.bfq.", "_recursive", kAll},         // BFQ with CONFIG_BFQ_CGROUP_DEBUG
    {"blkio.bfq.", "_recursive", kBasic},       // BFQ
    {"blkio.", "_recursive", kAll},             // CFQ, before Linux 5.0
    {"blkio.throttle.", "_recursive", kBasic},  // Linux 4.17
    {"blkio.throttle.", "", kBasic},
};

void read(const Directory& directory, Stats& stats) {
    for (const auto& group : kGroups) {
        const auto entries = [&](std::string_view name) {
            auto file = std::string(group.prefix);
            file.append(name).append(group.suffix);
            const auto text = text_if_there(directory, file);
            return text ? parse_blkio(*text) : BlkioEntries();
        };
        // A file without a device is as good as none: that scheduler has no disk.
        if (entries(group.files.front().name).empty()) continue;
        for (const auto& file : group.files)
            stats.blkio.*file.value = entries(file.name);
        return;
    }
}

}  // namespace

extern const Meter kBlkioMeter{.controller = "blkio", .read = read};

}  // namespace runcxx::cgroups::v1
