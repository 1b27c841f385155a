// SPDX-License-Identifier: Apache-2.0
// Looks for parts of what resolve() returned.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "config/container.h"

namespace runcxx::config::test {

inline const Mount& mount_at(const Container& container, const std::string& destination) {
    for (const auto& each : container.setup.mounts)
        if (each.destination == destination) return each;
    throw Error("no mount at " + destination);
}

inline std::string device_paths(const Container& container) {
    std::vector<std::string> paths;
    for (const auto& each : container.setup.devices)
        paths.push_back(each.path);
    return join(paths, " ");
}

}  // namespace runcxx::config::test
