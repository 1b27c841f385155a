// SPDX-License-Identifier: Apache-2.0
#include "config/net_devices.h"

#include <net/if.h>
#include <sched.h>

#include "base/text.h"
#include "config/invalid_config.h"

namespace runcxx::config {
namespace {

// dev_valid_name() of the kernel.
void check_name(const std::string& name) {
    if (name.empty() || name.size() >= IFNAMSIZ || name == "." || name == ".." ||
        name.find_first_of("/: \t\n\v\f\r") != std::string::npos)
        throw invalid("invalid network device name {}", quoted(name));
}

}  // namespace

void check_net_devices(const std::map<std::string, oci::NetDevice>& devices, const Namespaces& namespaces,
                       bool rootless) {
    if (devices.empty()) return;
    if (!namespaces.has(CLONE_NEWNET))
        throw invalid("unable to move network devices without a NET namespace");
    if (rootless) throw invalid("network devices are not supported for rootless containers");
    for (const auto& [name, device] : devices) {
        check_name(name);
        if (!device.name.empty()) check_name(device.name);
    }
}

}  // namespace runcxx::config
