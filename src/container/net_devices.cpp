// SPDX-License-Identifier: Apache-2.0
#include "container/net_devices.h"

#include <fcntl.h>

#include <fmt/core.h>

#include "base/step.h"
#include "sys/file.h"

namespace runcxx::container {

void bring_network_devices(const config::Container& config, pid_t init,
                           std::optional<network::MovedDevices>& moved) {
    if (config.net_devices.empty()) return;
    const auto path = fmt::format("/proc/{}/ns/net", init);
    step("error creating network interfaces", [&] {
        moved.emplace(sys::open_file(HostPath(path), O_RDONLY));
        for (const auto& entry : config.net_devices)
            step(fmt::format("move netDevice {} to namespace {}", entry.first, path),
                 [&] { moved->move(entry.first, entry.second.name); });
    });
}

}  // namespace runcxx::container
