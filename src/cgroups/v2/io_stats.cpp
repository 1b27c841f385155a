// SPDX-License-Identifier: Apache-2.0
#include "cgroups/meter.h"
#include "cgroups/stat_text.h"

namespace runcxx::cgroups::v2 {
namespace {

void read(const Directory& directory, Stats& stats) {
    if (const auto text = text_if_there(directory, "io.stat")) parse_io_stat(*text, stats.blkio);
}

}  // namespace

extern const Meter kIoMeter{.controller = "io", .read = read};

}  // namespace runcxx::cgroups::v2
