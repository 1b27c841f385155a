// SPDX-License-Identifier: Apache-2.0
// The environment of the container's process, and the home directory from the container's /etc/passwd.
// Runs in: init, after pivot_root. Must not: read this process's own environment.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/paths.h"
#include "config/container.h"

namespace runcxx::process {

// The rules, without a file system: of variables given twice the last counts, at its place; an empty HOME is
// dropped; when none is left, "HOME=" + home() comes last. Errors: "invalid environment variable: missing
// '='", "...: name cannot be empty", "... contains nul byte (\x00)".
std::vector<std::string> normalized_environment(const std::vector<std::string>& env,
                                                const std::function<std::string()>& home);

// Applies the rules to setup.env, with HOME from /etc/passwd of the current root directory.
void prepare_environment(config::ProcessSetup& setup);

// The last value of a variable in a list; nullopt when it is not set.
std::optional<std::string_view> variable(const std::vector<std::string>& env, std::string_view name);

// The home directory of the first line for `uid` in a passwd(5) file; "/" when there is no such file, line or
// directory, or the file is no regular file. Reads at most 4 MiB and never waits: the image chooses the file.
std::string home_directory(const HostPath& passwd, std::uint32_t uid);

// One line of passwd(5): the sixth field when the third is `uid`.
std::optional<std::string> home_in_passwd_line(std::string_view line, std::uint32_t uid);

}  // namespace runcxx::process
