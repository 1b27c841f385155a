// SPDX-License-Identifier: Apache-2.0
// Completion for shells: commands, options, values that are known, and ids, which `runcxx list --quiet` gives
// with the --root that is on the line. Runs in: neither; at build time, in write_manual. Pure.
#pragma once

#include <string>

namespace runcxx::manual {

// For bash 4.4 and later; needs nothing of the package bash-completion but that it loads the file.
std::string bash_completion();
// An autoloaded function, _runcxx.
std::string zsh_completion();
std::string fish_completion();

}  // namespace runcxx::manual
