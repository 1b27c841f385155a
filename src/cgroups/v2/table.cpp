// SPDX-License-Identifier: Apache-2.0
#include "cgroups/controller.h"

namespace runcxx::cgroups {
namespace v2 {

extern const Controller kPids, kMemory, kIo, kCpu, kDevices, kCpuset, kHugetlb, kRdma, kUnified;

namespace {
const Controller* const kTable[] = {
    &kPids, &kMemory, &kIo, &kCpu, &kDevices, &kCpuset, &kHugetlb, &kRdma, &kUnified,
};
}  // namespace
}  // namespace v2

std::span<const Controller* const> v2_controllers() {
    return v2::kTable;
}

}  // namespace runcxx::cgroups
