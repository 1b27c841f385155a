// SPDX-License-Identifier: Apache-2.0
// The error of a configuration that cannot be: nothing was done yet.
// Runs in: runtime.
#pragma once

#include <utility>

#include <fmt/core.h>

#include "base/error.h"

namespace runcxx::config {

template <class... Args>
Error invalid(fmt::format_string<Args...> format, Args&&... args) {
    return {Error::Kind::InvalidConfig, fmt::format(format, std::forward<Args>(args)...)};
}

// `field` as the user wrote it: "linux.intelRdt", "--systemd-cgroup".
inline Error not_supported_yet(std::string_view field) {
    return {Error::Kind::NotSupported, fmt::format("not supported yet: {}", field)};
}

}  // namespace runcxx::config
