// SPDX-License-Identifier: Apache-2.0
#include "cgroups/controller.h"

namespace runcxx::cgroups {
namespace v1 {

extern const Controller kCpuset, kDevices, kMemory, kCpu, kPids, kBlkio, kHugetlb, kNetCls, kNetPrio, kRdma;

namespace {
constexpr Controller kCpuacct{.name = "cpuacct"}, kPerfEvent{.name = "perf_event"},
    kFreezer{.name = "freezer"}, kSystemd{.name = "name=systemd"}, kMisc{.name = "misc"},
    kUnified{.name = ""};  // the cgroup2 mount of a hybrid host

const Controller* const kTable[] = {
    &kCpuset, &kDevices, &kMemory,    &kCpu,     &kCpuacct, &kPids,    &kBlkio, &kHugetlb,
    &kNetCls, &kNetPrio, &kPerfEvent, &kFreezer, &kRdma,    &kSystemd, &kMisc,  &kUnified,
};
}  // namespace
}  // namespace v1

std::span<const Controller* const> v1_controllers() {
    return v1::kTable;
}

}  // namespace runcxx::cgroups
