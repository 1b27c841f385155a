// SPDX-License-Identifier: Apache-2.0
// What this build and this kernel can do, in the words of `features` and `--version`.
// Runs in: runtime. The lists come from the tables that check() and compile() use.
#pragma once

#include <string>

#include "oci/spec.h"

namespace runcxx::seccomp {

// Sorted by name.
oci::Strings known_actions();
oci::Strings known_operators();
oci::Strings known_architectures();

// In the order of the bits, TSYNC (accepted and without effect) first.
oci::Strings known_flags();
// Those of the above that the running kernel takes (probed).
oci::Strings supported_flags();

// "2.5.4"
std::string libseccomp_version();

}  // namespace runcxx::seccomp
