// SPDX-License-Identifier: Apache-2.0
#include "cgroups/meter.h"

namespace runcxx::cgroups {
namespace v2 {

extern const Meter kMemoryMeter, kIoMeter, kCpuMeter, kHugetlbMeter;

namespace {
constexpr Meter kPidsMeter{.controller = "pids", .read = read_pids},
    kPressureMeter{.controller = "pressure", .read = read_pressures};

const Meter* const kTable[] = {
    &kPidsMeter, &kMemoryMeter, &kIoMeter, &kCpuMeter, &kHugetlbMeter, &kPressureMeter,
};
}  // namespace
}  // namespace v2

std::span<const Meter* const> v2_meters() {
    return v2::kTable;
}

}  // namespace runcxx::cgroups
