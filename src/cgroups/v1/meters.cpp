// SPDX-License-Identifier: Apache-2.0
#include "cgroups/meter.h"

namespace runcxx::cgroups {
namespace v1 {

extern const Meter kCpusetMeter, kMemoryMeter, kCpuMeter, kCpuacctMeter, kBlkioMeter, kHugetlbMeter;

namespace {
constexpr Meter kPidsMeter{.controller = "pids", .read = read_pids},
    kPressureMeter{.controller = "", .read = read_pressures};  // the cgroup2 mount of a hybrid host

const Meter* const kTable[] = {
    &kCpusetMeter, &kMemoryMeter, &kCpuMeter,     &kCpuacctMeter,
    &kPidsMeter,   &kBlkioMeter,  &kHugetlbMeter, &kPressureMeter,
};
}  // namespace
}  // namespace v1

std::span<const Meter* const> v1_meters() {
    return v1::kTable;
}

}  // namespace runcxx::cgroups
