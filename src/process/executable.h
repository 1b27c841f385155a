// SPDX-License-Identifier: Apache-2.0
// Finding the program to execute the way a shell would, with the error texts that callers of runc match.
// Runs in: init, as the container's user and inside its root.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runcxx::process {

// args[0] with a '/' as it is, else the first executable file of that name in the directories of PATH in
// `env`. Errors:
//   exec: "x": executable file not found in $PATH      (also without any PATH)
//   exec: "/x": stat /x: no such file or directory
//   exec: "/x": permission denied (...)                followed by what denies it
//   exec: "/etc": is a directory
//   exec: "x": cannot run executable found relative to current directory
std::string find_executable(const std::string& name, const std::vector<std::string>& env);

}  // namespace runcxx::process
